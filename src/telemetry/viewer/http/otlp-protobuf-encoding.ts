import protobuf from 'protobufjs/minimal.js';
import { OtlpError } from '../model/from-otlp.ts';
import { type Field, MESSAGES, type MessageName, type ScalarType } from './otlp-fields.ts';
import type { OtlpEncoding } from './otlp-wire.ts';

/** Messages in one body: each may be two bytes on the wire and a hundred times that in memory. */
const MAX_MESSAGES = 1_000_000;
/** Messages in each other; a value nested in a value is up to three. */
const MAX_DEPTH = 128;

const text = (bytes: Uint8Array, encoding: 'hex' | 'base64'): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding);

const SCALARS: Readonly<Record<ScalarType, { wireType: number; read: (reader: protobuf.Reader) => unknown }>> = {
  string: { wireType: 2, read: (reader) => reader.string() },
  bytes: { wireType: 2, read: (reader) => text(reader.bytes(), 'base64') },
  id: { wireType: 2, read: (reader) => text(reader.bytes(), 'hex') },
  bool: { wireType: 0, read: (reader) => reader.bool() },
  int64: { wireType: 0, read: (reader) => String(reader.int64()) },
  uint32: { wireType: 0, read: (reader) => reader.uint32() },
  double: { wireType: 1, read: (reader) => reader.double() },
  fixed32: { wireType: 5, read: (reader) => reader.fixed32() },
  fixed64: { wireType: 1, read: (reader) => String(BigInt(reader.fixed32()) | (BigInt(reader.fixed32()) << 32n)) },
};

const isScalar = (type: Field['type']): type is ScalarType => type in SCALARS;

/** Reads one body. The generated decoders of protobufjs know no limit of messages, hence this one. */
class MessageReader {
  readonly #reader: protobuf.Reader;
  #left = MAX_MESSAGES;

  constructor(body: Buffer) {
    this.#reader = protobuf.Reader.create(body);
  }

  /** @param end where the message ends in the body */
  read(name: MessageName, end: number, depth = 0): Record<string, unknown> {
    this.#left -= 1;
    if (this.#left < 0) throw new OtlpError(`has more than ${MAX_MESSAGES} messages`);
    if (depth > MAX_DEPTH) throw new OtlpError(`has messages nested deeper than ${MAX_DEPTH} levels`);
    const message: Record<string, unknown> = {};
    while (this.#reader.pos < end) {
      const tag = this.#reader.uint32();
      const field = MESSAGES[name][tag >>> 3];
      if (!field || (tag & 7) !== (isScalar(field.type) ? SCALARS[field.type].wireType : 2)) {
        this.#reader.skipType(tag & 7);
        continue;
      }
      const value = this.#value(field, end, depth);
      if (!field.isList) message[field.name] = value;
      else {
        message[field.name] ??= [];
        (message[field.name] as unknown[]).push(value);
      }
    }
    if (this.#reader.pos !== end) throw new OtlpError('has a message that is longer than what it stands in');
    return message;
  }

  #value({ type }: Field, end: number, depth: number): unknown {
    if (isScalar(type)) return SCALARS[type].read(this.#reader);
    const length = this.#reader.uint32();
    if (this.#reader.pos + length > end) throw new OtlpError('has a message that is longer than what it stands in');
    return this.read(type, this.#reader.pos + length, depth + 1);
  }
}

const finished = (writer: protobuf.Writer): Buffer => Buffer.from(writer.finish());

const fieldTag = (number: number, wireType: number): number => (number << 3) | wireType;

export const protobufEncoding: OtlpEncoding = {
  contentType: 'application/x-protobuf',
  decode: (signal, body) => {
    try {
      return new MessageReader(body).read(signal === 'traces' ? 'TracesRequest' : 'LogsRequest', body.length);
    } catch (error) {
      if (error instanceof OtlpError) throw error;
      throw new OtlpError(`is not protobuf: ${(error as Error).message.slice(0, 200)}`);
    }
  },
  success: (_, rejected) => {
    const writer = protobuf.Writer.create();
    if (rejected) {
      writer.uint32(fieldTag(1, 2)).fork();
      writer.uint32(fieldTag(1, 0)).int64(rejected.count).uint32(fieldTag(2, 2)).string(rejected.message);
      writer.ldelim();
    }
    return finished(writer);
  },
  failure: (code, message) =>
    finished(protobuf.Writer.create().uint32(fieldTag(1, 0)).int32(code).uint32(fieldTag(2, 2)).string(message)),
};
