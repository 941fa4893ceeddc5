import { readId } from '../../model/otlp-json.ts';
import { type Fields, objectsIn } from './otlp-file.ts';

/** Bodies to POST, and what is in them. */
export interface Parts {
  bodies: string[];
  /** In the order of their appearance, each once. */
  traceIds: string[];
}

interface Shape {
  resources: 'resourceSpans' | 'resourceLogs';
  scopes: 'scopeSpans' | 'scopeLogs';
  records: 'spans' | 'logRecords';
}

const shapes = {
  traces: { resources: 'resourceSpans', scopes: 'scopeSpans', records: 'spans' },
  logs: { resources: 'resourceLogs', scopes: 'scopeLogs', records: 'logRecords' },
} as const satisfies Record<string, Shape>;

/** Tempo's API writes ids in base64, OTLP in hexadecimal. What is no id stays as it is: the server says what is wrong. */
const hexId = (id: unknown, bytes: 8 | 16): unknown => {
  if (typeof id === 'string' && id.length === bytes * 2) return id;
  try {
    return readId(id, bytes, 'id') || id;
  } catch {
    return id;
  }
};

const withHexIds = (record: Fields): Fields => {
  const copy: Fields = { ...record };
  if ('traceId' in copy) copy.traceId = hexId(copy.traceId, 16);
  for (const name of ['spanId', 'parentSpanId']) if (name in copy) copy[name] = hexId(copy[name], 8);
  if (Array.isArray(copy.links)) copy.links = objectsIn(copy.links).map(withHexIds);
  return copy;
};

/**
 * Cuts what is in a file into bodies, each a request of its own.
 * @param resources elements of `resourceSpans` or `resourceLogs`
 * @param limit characters of records in a body; one longer record is a body alone
 */
export const cutIntoParts = (kind: keyof typeof shapes, resources: readonly Fields[], limit: number): Parts => {
  const shape: Shape = shapes[kind];
  const traceIds = new Set<string>();
  const bodies: string[] = [];
  let waiting: string[] = [];
  let size = 0;
  const close = () => {
    if (waiting.length > 0) bodies.push(`{"${shape.resources}":[${waiting.join(',')}]}`);
    waiting = [];
    size = 0;
  };

  for (const { [shape.scopes]: scopes, instrumentationLibrarySpans, ...resource } of resources) {
    for (const { [shape.records]: records, ...scope } of objectsIn(scopes ?? instrumentationLibrarySpans)) {
      const head = `${JSON.stringify(resource).slice(0, -1)}${Object.keys(resource).length > 0 ? ',' : ''}"${shape.scopes}":[`;
      const scopeHead = `${JSON.stringify(scope).slice(0, -1)}${Object.keys(scope).length > 0 ? ',' : ''}"${shape.records}":[`;
      let texts: string[] = [];
      const flush = () => {
        if (texts.length > 0) waiting.push(`${head}${scopeHead}${texts.join(',')}]}]}`);
        texts = [];
      };
      for (const record of objectsIn(records).map(withHexIds)) {
        const text = JSON.stringify(record);
        if (size > 0 && size + text.length > limit) {
          flush();
          close();
        }
        texts.push(text);
        size += text.length;
        if (typeof record.traceId === 'string' && record.traceId !== '') traceIds.add(record.traceId.toLowerCase());
      }
      flush();
    }
  }
  close();
  return { bodies, traceIds: [...traceIds] };
};
