import type { describe } from 'vitest';
import { describeWith } from '../support/parts.ts';
import { describeStorage } from './contract.ts';
import { openS3 } from './s3-under-test.ts';

describeStorage('a bucket of S3', () => openS3(), describeWith('s3') as typeof describe);
