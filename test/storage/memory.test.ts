import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { describeWith } from '../support/parts.ts';
import { MIB } from './contract.ts';
import { openS3 } from './s3-under-test.ts';

const PROGRAM = fileURLToPath(new URL('memory-program.ts', import.meta.url));

interface Growth {
  held: number;
  rss: number;
}

const growthOf = async (system: 'local' | 's3', place: string, size: number): Promise<Growth> => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', PROGRAM, system, place, String(size)]);
  return JSON.parse(stdout) as Growth;
};

describeWith('s3')('an object of 60 MiB that arrives slowly and is read again', () => {
  test('costs a bucket a part of 5 MiB or two, however large it is', async () => {
    const { bucket, close } = await openS3();
    const { held, rss } = await growthOf('s3', bucket, 60 * MIB);
    await close();
    expect(held).toBeLessThan(15 * MIB);
    expect(rss).toBeLessThan(40 * MIB);
  });

  test('costs a folder next to nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sidechain-test-memory-'));
    const { held, rss } = await growthOf('local', folder, 60 * MIB);
    expect(held).toBeLessThan(5 * MIB);
    expect(rss).toBeLessThan(30 * MIB);
  });
});
