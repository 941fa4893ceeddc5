import type { ZodType } from 'zod';
import { AppError } from '../errors.ts';
import { recordValidationFailure } from '../telemetry/metrics/record.ts';

/**
 * What a schema makes of a part of a request; undefined without a schema.
 * @param path the route's, for the metric
 * @throws AppError VALIDATION_ERROR that names the first thing wrong, with all of them in its details.
 */
export const parseInput = (schema: ZodType | undefined, value: unknown, path: string): unknown => {
  if (!schema) return undefined;
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const details = result.error.issues.flatMap((issue) => {
    // An unknown key is named by its parent's issue; everything else names itself.
    const names = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return names.map((name) => ({
      field: name.map(String).join('.').slice(0, 100),
      message: issue.message.slice(0, 300),
    }));
  });
  const first = details[0] ?? { field: '', message: 'is not valid' };
  const unknown = result.error.issues[0]?.code === 'unrecognized_keys';
  recordValidationFailure(path, unknown ? '(other)' : first.field.replace(/\.\d+/g, ''));
  throw new AppError('VALIDATION_ERROR', sentence(first), {
    ...(first.field === '' ? {} : { field: first.field }),
    details: details.slice(0, 20),
  });
};

/** Our own messages go on from the name: `limit must be at most 100`. Others begin a sentence. */
const sentence = ({ field, message }: { field: string; message: string }): string => {
  if (field === '') return message;
  return /^[a-z]/.test(message) ? `${field} ${message}` : `${field}: ${message}`;
};
