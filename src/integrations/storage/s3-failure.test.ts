import { expect, test } from 'vitest';
import { s3Failure } from './s3-failure.ts';

const PLACE = { bucket: 'loops', server: 's3.example.com:443', secrets: ['SECRET-0123', 'KEY-ID-4567'] };

/** An error as the SDK throws it. */
const answer = (status: number | undefined, name: string, message = '', code?: string): Error =>
  Object.assign(new Error(message), {
    name,
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }),
  });

test.each([
  [answer(404, 'NoSuchBucket'), 'unavailable', 'there is no S3 bucket loops at s3.example.com:443'],
  [answer(301, 'PermanentRedirect'), 'unavailable', 'the S3 bucket loops is in another region than S3_REGION'],
  [
    answer(403, 'AccessDenied'),
    'unavailable',
    'the S3 bucket loops at s3.example.com:443 refuses our credentials (AccessDenied)',
  ],
  [answer(404, 'InvalidAccessKeyId'), 'unavailable', 'refuses our credentials (InvalidAccessKeyId)'],
  [answer(503, 'SlowDown', 'Please reduce'), 'unavailable', 'answered 503 SlowDown: Please reduce'],
  [answer(507, 'InsufficientStorage', 'no room'), 'full', 'answered 507 InsufficientStorage: no room'],
  [answer(500, 'XMinioStorageFull', 'no room'), 'full', 'answered 500 XMinioStorageFull: no room'],
  [answer(undefined, 'Error', 'connect', 'ECONNREFUSED'), 'unavailable', 'cannot be reached (ECONNREFUSED: connect)'],
  [answer(undefined, 'TimeoutError', 'too long'), 'unavailable', 'cannot be reached (TimeoutError: too long)'],
  [
    answer(undefined, 'CredentialsProviderError', 'none'),
    'unavailable',
    'there are no credentials for the S3 bucket loops',
  ],
  [answer(undefined, 'TypeError', 'our own fault'), 'unavailable', 'cannot be used (TypeError: our own fault)'],
])('%s is %s: %s', (error, reason, message) => {
  expect(s3Failure(error, PLACE)).toMatchObject({
    name: 'StorageError',
    reason,
    message: expect.stringContaining(message),
  });
});

test('what a server repeats of our credentials does not come out, not even half of it at the end', () => {
  const error = answer(400, 'Odd', `${'x'.repeat(195)}SECRET-0123 KEY-ID-4567`);
  const failure = s3Failure(Object.assign(error, { StringToSign: 'KEY-ID-4567' }), PLACE);
  expect(`${failure.message}${failure.stack}${JSON.stringify(failure)}`).not.toMatch(/SECRET|KEY-ID/);
  expect(failure.cause).toBeUndefined();
});
