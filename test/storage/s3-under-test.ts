import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, CreateMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { S3Options, S3Timeouts } from '../../src/integrations/storage/s3-connection.ts';
import { S3Storage } from '../../src/integrations/storage/s3-storage.ts';
import { S3_ACCOUNT, s3Client } from '../support/s3-server.ts';
import { PAGE, type StorageUnderTest } from './contract.ts';

/** Configuration of the bucket at `url`, as the tests want it. */
export const s3Options = (bucket: string, url: string | undefined, timeouts?: Partial<S3Timeouts>): S3Options => ({
  bucket,
  endpoint: url,
  region: 'us-east-1',
  credentials: S3_ACCOUNT,
  forcePathStyle: true,
  timeouts,
  pageSize: PAGE,
});

/** A storage in a bucket of its own at `url`. */
export const openS3 = async (
  url = process.env.TEST_S3_URL,
): Promise<StorageUnderTest & { storage: S3Storage; bucket: string }> => {
  const client = s3Client(url);
  const bucket = `test-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const storage = new S3Storage(s3Options(bucket, url));
  return {
    storage,
    bucket,
    unfinished: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return Uploads.length;
    },
    leaveUnfinished: async (key) => {
      await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
    },
    close: async () => {
      await storage.close();
      client.destroy();
    },
  };
};
