import { OtlpError } from '../model/from-otlp.ts';
import type { OtlpEncoding } from './otlp-wire.ts';

/** Takes a byte order mark away, and nothing that is not UTF-8. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

export const jsonEncoding: OtlpEncoding = {
  contentType: 'application/json',
  decode: (_, body) => {
    try {
      return JSON.parse(utf8.decode(body)) as unknown;
    } catch (error) {
      // The parser quotes what it stumbled over: enough of it to find the place.
      throw new OtlpError(`is not JSON: ${(error as Error).message.slice(0, 200)}`);
    }
  },
  success: (signal, rejected) => {
    if (!rejected) return '{}';
    const count = signal === 'traces' ? 'rejectedSpans' : 'rejectedLogRecords';
    return JSON.stringify({ partialSuccess: { [count]: String(rejected.count), errorMessage: rejected.message } });
  },
  failure: (code, message) => JSON.stringify({ code, message }),
};
