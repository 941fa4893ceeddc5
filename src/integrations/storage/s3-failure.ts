import { StorageError } from './storage.ts';

/** What an operator has to know of the place to understand a failure. */
export interface S3Place {
  bucket: string;
  /** `host:port`. */
  server: string;
  /** Must not come out, should the server repeat them. */
  secrets: readonly string[];
}

/** What the SDK's errors say of themselves; each field may be missing. */
interface Said {
  name: string;
  code: string | undefined;
  status: number | undefined;
  message: string;
}

const said = (error: unknown): Said => {
  if (!(error instanceof Error)) return { name: 'Error', code: undefined, status: undefined, message: String(error) };
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  return {
    name: error.name,
    code: typeof code === 'string' ? code : undefined,
    status: $metadata?.httpStatusCode,
    message: error.message,
  };
};

/** Whether the server says that there is no such object; an answer without a body says it of a missing bucket too. */
export const isNoSuchObject = (error: unknown): boolean => ['NoSuchKey', 'NotFound'].includes(said(error).name);

export const isNoSuchUpload = (error: unknown): boolean => said(error).name === 'NoSuchUpload';

export const isRangeOutside = (error: unknown): boolean => {
  const { name, status } = said(error);
  return status === 416 || name === 'InvalidRange';
};

const MAX_MESSAGE = 200;

const explain = ({ name, code, status, message }: Said, { bucket, server }: S3Place): string => {
  if (name === 'NoSuchBucket' || (status === 404 && name === 'NotFound'))
    return `there is no S3 bucket ${bucket} at ${server}`;
  if (status === 301 || name === 'PermanentRedirect')
    return `the S3 bucket ${bucket} is in another region than S3_REGION`;
  // Some servers answer 404 where they do not know the key.
  if (status === 401 || status === 403 || name === 'InvalidAccessKeyId')
    return `the S3 bucket ${bucket} at ${server} refuses our credentials (${name})`;
  if (name === 'CredentialsProviderError') return `there are no credentials for the S3 bucket ${bucket}: ${message}`;
  if (code !== undefined || name === 'TimeoutError')
    return `the S3 server ${server} cannot be reached (${code ?? name}: ${message})`;
  if (status === undefined) return `the S3 server ${server} cannot be used (${name}: ${message})`;
  return `the S3 server ${server} answered ${status} ${name}: ${message}`;
};

/**
 * What the SDK threw, in the storage's terms. An answer of the server is not kept as the cause: servers put access keys
 * and signatures into those.
 */
export const s3Failure = (error: unknown, place: S3Place): StorageError => {
  if (error instanceof StorageError) return error;
  const what = said(error);
  let message = what.message;
  for (const secret of place.secrets) message = message.replaceAll(secret, '[redacted]');
  const text = explain({ ...what, message: message.slice(0, MAX_MESSAGE) }, place);
  const isFull = what.status === 507 || /StorageFull|QuotaExceeded/.test(what.name);
  return new StorageError(isFull ? 'full' : 'unavailable', text, what.status === undefined ? error : undefined);
};
