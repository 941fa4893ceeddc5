import { AsyncLocalStorage } from 'node:async_hooks';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import type { Request } from 'express';
import type { Config } from '../../config/index.ts';
import { AppError, CallerGone, invalid } from '../../errors.ts';
import type { FilePart, FileReceipt } from '../contract.ts';
import { Patience } from './patience.ts';
import { FIELD_BYTES, FIELDS, TextFields } from './text-fields.ts';

/** Bytes of a form beside its file: boundaries, headers of parts, text fields. */
const ROOM_FOR_FIELDS = 256 * 1024;
const HEADER_BYTES = 8192;
const HEADERS_OF_PART = 20;

const tooLarge = ({ name, maxBytes }: FilePart): AppError =>
  new AppError('PAYLOAD_TOO_LARGE', `${name} must be at most ${maxBytes / 1024 / 1024} MiB`, { field: name });

/** What can be known without the body. @throws AppError UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE */
export const checkFormHeaders = (part: FilePart, req: Request): void => {
  if (!/^multipart\/form-data\s*(;|$)/i.test(req.get('content-type') ?? '')) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'the body must be multipart/form-data');
  }
  if (!/^(identity)?$/i.test(req.get('content-encoding') ?? '')) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'the body must not be compressed');
  }
  if (Number(req.get('content-length') ?? 0) > part.maxBytes + ROOM_FOR_FIELDS) throw tooLarge(part);
};

/** @throws AppError BAD_REQUEST when the request names no boundary. */
const openParser = (part: FilePart, req: Request): BusboyInstance => {
  try {
    return new Busboy({
      headers: { ...req.headers, 'content-type': req.get('content-type') ?? '' },
      isPartAFile: (name, _type, filename) => name === part.name || filename !== undefined,
      limits: {
        fieldSize: FIELD_BYTES,
        fields: FIELDS,
        files: 1,
        fileSize: part.maxBytes,
        parts: FIELDS + 1,
        headerPairs: HEADERS_OF_PART,
        headerSize: HEADER_BYTES,
      },
    });
  } catch (error) {
    throw new AppError('BAD_REQUEST', 'the Content-Type must name the boundary of the form', { cause: error });
  }
};

/**
 * Reads a form of text fields and one file, which goes to `receipt` while it arrives: what the receipt does not take yet
 * is not read from the connection.
 * @returns the fields as they were sent, once the file is received and the request has ended.
 * @throws AppError about the form, or whatever the receipt throws; the file is then not received, or is discarded.
 */
export const receiveForm = async (
  part: FilePart,
  receipt: FileReceipt,
  req: Request,
  timeouts: Pick<Config, 'UPLOAD_TIMEOUT' | 'UPLOAD_IDLE_TIMEOUT'>,
): Promise<Record<string, string | string[]>> => {
  const parser = openParser(part, req);
  // What the connection brings comes outside of the request's trace and log scope.
  const inRequest = AsyncLocalStorage.snapshot();
  const fields = new TextFields();
  const cancelling = new AbortController();
  const { promise: read, resolve: wasRead, reject } = Promise.withResolvers<void>();
  let file: Readable | undefined;
  let received: Promise<void> | undefined;
  let isStored = false;
  let left = part.maxBytes + ROOM_FOR_FIELDS;

  /** The first thing that goes wrong is what the client is told; all that follows comes of it. */
  const refuse = (error: unknown): void => {
    if (cancelling.signal.aborted) return;
    reject(error);
    cancelling.abort(error);
    file?.destroy(error instanceof Error ? error : undefined);
  };
  const orRefuse = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      refuse(error);
    }
  };
  const tooMany = (): void => refuse(new AppError('VALIDATION_ERROR', `the form must have at most ${FIELDS} fields`));

  parser.on('field', (name, value, _nameTruncated, truncated) => orRefuse(() => fields.add(name, value, truncated)));
  parser.on('file', (name, stream, filename) => {
    // Who reads it is told; a refusal from here has no reader.
    stream.on('error', () => {});
    if (cancelling.signal.aborted) return void stream.destroy();
    file = stream;
    if (name !== part.name) return refuse(invalid(String(name).slice(0, 100), `the form takes one file: ${part.name}`));
    if (filename && part.nameField !== undefined) fields.setDefault(part.nameField, filename);
    stream.once('limit', () => refuse(tooLarge(part)));
    received = inRequest(() => receipt.receive(stream, cancelling.signal)).then(() => {
      isStored = true;
    });
    received.catch(refuse);
  });
  parser.on('filesLimit', () => refuse(invalid(part.name, `the form takes one file: ${part.name}`)));
  parser.on('fieldsLimit', tooMany).on('partsLimit', tooMany);
  parser.on('error', (error) =>
    refuse(new AppError('BAD_REQUEST', 'the form is not complete: it has no closing boundary', { cause: error })),
  );

  let ends = 2;
  const oneEnded = (): void => {
    ends -= 1;
    if (ends === 0) wasRead();
  };
  const onData = (chunk: Buffer): void => {
    patience.somethingCame();
    left -= chunk.length;
    if (left < 0) refuse(tooLarge(part));
  };
  const onClose = (): void => {
    if (!req.complete) refuse(new CallerGone());
  };
  const patience = new Patience(timeouts, refuse, () => {
    if (req.isPaused()) return 'us';
    if (!req.readableEnded) return 'client';
    return received && !isStored ? 'us' : 'nobody';
  });
  parser.once('finish', oneEnded);
  req.once('end', oneEnded).once('close', onClose).on('data', onData).pipe(parser);
  try {
    await read;
    if (!received) throw invalid(part.name, `${part.name} is required: a file`);
    await received;
    return fields.values();
  } catch (error) {
    req.unpipe(parser);
    refuse(error);
    await received?.then(
      () => receipt.discard(),
      () => {},
    );
    throw cancelling.signal.reason;
  } finally {
    patience.end();
    req.off('end', oneEnded).off('close', onClose).off('data', onData);
  }
};
