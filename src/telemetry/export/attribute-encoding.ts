import type { AttributeValue } from '@opentelemetry/api';
import { ProtobufWriter } from './protobuf-writer.ts';

/** Field numbers and wire types of opentelemetry/proto/common/v1/common.proto. */
const KEY = (1 << 3) | 2;
const VALUE = (2 << 3) | 2;
const STRING = (1 << 3) | 2;
const BOOL = 2 << 3;
const INT = 3 << 3;
const DOUBLE = (4 << 3) | 1;
const ARRAY = (5 << 3) | 2;
const ITEM = (1 << 3) | 2;

const INT64 = 2 ** 63;

/** Values of one attribute that are remembered; one that has more is different for each span, and never is. */
const MAX_VALUES = 64;
const MAX_NAMES = 1000;
/** Characters of a value that is worth remembering. */
const MAX_LENGTH = 4096;

/** Most strings in spans are few and come again and again (`db.query.text`, `http.route`): each is encoded once. */
interface Encoding {
  /** The key, with its tag. */
  key: Buffer;
  /** Whole KeyValues by value; undefined once there were too many. */
  values: Map<string, Buffer> | undefined;
}

const encodings = new Map<string, Encoding>();
const scratch = new ProtobufWriter();

const encodingOf = (name: string): Encoding => {
  const known = encodings.get(name);
  if (known) return known;
  scratch.reset();
  scratch.tag(KEY);
  scratch.string(name);
  const made: Encoding = { key: scratch.finish(), values: new Map() };
  // Names come from the code, so that there are few; this bounds them if someone makes them up.
  if (encodings.size < MAX_NAMES) encodings.set(name, made);
  return made;
};

const writeValue = (writer: ProtobufWriter, value: AttributeValue | null | undefined): void => {
  if (typeof value === 'string') {
    writer.tag(STRING);
    writer.string(value);
  } else if (typeof value === 'boolean') {
    writer.tag(BOOL);
    writer.varint(value ? 1 : 0);
  } else if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= -INT64 && value < INT64) {
      writer.tag(INT);
      writer.int64(value);
    } else {
      writer.tag(DOUBLE);
      writer.double(value);
    }
  } else if (Array.isArray(value)) {
    writer.tag(ARRAY);
    const start = writer.begin();
    for (const item of value) {
      writer.tag(ITEM);
      const itemStart = writer.begin();
      writeValue(writer, item);
      writer.end(itemStart);
    }
    writer.end(start);
  }
};

const writePair = (writer: ProtobufWriter, key: Buffer, value: AttributeValue): void => {
  const start = writer.begin();
  writer.raw(key);
  writer.tag(VALUE);
  const valueStart = writer.begin();
  writeValue(writer, value);
  writer.end(valueStart);
  writer.end(start);
};

/** Writes one attribute as a KeyValue in the field whose tag is `tag`. */
export const writeAttribute = (writer: ProtobufWriter, tag: number, name: string, value: AttributeValue): void => {
  writer.tag(tag);
  const encoding = encodingOf(name);
  if (typeof value !== 'string' || encoding.values === undefined || value.length > MAX_LENGTH) {
    writePair(writer, encoding.key, value);
    return;
  }
  let pair = encoding.values.get(value);
  if (pair === undefined) {
    scratch.reset();
    writePair(scratch, encoding.key, value);
    pair = scratch.finish();
    if (encoding.values.size < MAX_VALUES) encoding.values.set(value, pair);
    else encoding.values = undefined;
  }
  writer.raw(pair);
};
