import { join, resolve } from 'node:path';
import type { Config } from '../../config/index.ts';
import { log } from '../../telemetry/log.ts';
import { LocalStorage } from './local-storage.ts';
import type { ObjectStorage } from './storage.ts';
import { TracedStorage } from './traced-storage.ts';

type StorageConfig = Pick<
  Config,
  | 'STORAGE_DIR'
  | 'DATA_DIR'
  | 'S3_BUCKET'
  | 'S3_ENDPOINT'
  | 'S3_REGION'
  | 'S3_ACCESS_KEY_ID'
  | 'S3_SECRET_ACCESS_KEY'
  | 'S3_FORCE_PATH_STYLE'
>;

const openS3 = async (config: StorageConfig, bucket: string): Promise<ObjectStorage> => {
  const endpoint = config.S3_ENDPOINT;
  const [accessKeyId, secretAccessKey] = [config.S3_ACCESS_KEY_ID, config.S3_SECRET_ACCESS_KEY];
  // Only now: the SDK costs 35 MB.
  const [{ S3Storage }, { s3Server }] = await Promise.all([import('./s3-storage.ts'), import('./s3-connection.ts')]);
  const storage = new S3Storage({
    bucket,
    endpoint,
    region: config.S3_REGION,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
    forcePathStyle: config.S3_FORCE_PATH_STYLE,
  });
  // Whoever needs the storage will find out; the others can do without it. So nobody waits for the answer.
  storage.ping().catch((error: unknown) => {
    if (!storage.isClosed) log.warn('the storage cannot be used', { error });
  });
  const { host, port } = s3Server({ endpoint, region: config.S3_REGION });
  return new TracedStorage(storage, { 'server.address': host, 'server.port': port, 'external.service': 's3' });
};

/**
 * Opens the storage of uploads: the bucket S3_BUCKET where one is configured, else the folder STORAGE_DIR, which is made.
 * A bucket that cannot be reached is a warning in the log, no failure: it may come back.
 * @throws StorageError when nothing can be written to the folder.
 */
export const openStorage = async (config: StorageConfig): Promise<ObjectStorage> =>
  config.S3_BUCKET === undefined
    ? new TracedStorage(await LocalStorage.open(resolve(config.STORAGE_DIR ?? join(config.DATA_DIR, 'audio'))))
    : openS3(config, config.S3_BUCKET);
