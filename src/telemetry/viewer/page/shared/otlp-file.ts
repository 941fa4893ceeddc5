/** A file of OTLP JSON, as it is read, before anything looks at the spans themselves. */
export interface OtlpFile {
  /** Elements of `resourceSpans`. */
  resourceSpans: Fields[];
  /** Elements of `resourceLogs`. */
  resourceLogs: Fields[];
}

export type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects in a list; nothing when it is none. */
export const objectsIn = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

const take = (value: unknown, file: OtlpFile): boolean => {
  if (Array.isArray(value)) return value.map((element) => take(element, file)).includes(true);
  if (!isFields(value)) return false;
  // Tempo's API says `batches`, and its second version wraps all in `trace`.
  const spans = [value.resourceSpans, value.batches].filter(Array.isArray).flatMap(objectsIn);
  const logs = objectsIn(value.resourceLogs);
  file.resourceSpans.push(...spans);
  file.resourceLogs.push(...logs);
  const wrapped = isFields(value.trace) && take(value.trace, file);
  return wrapped || Array.isArray(value.resourceSpans ?? value.batches ?? value.resourceLogs);
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * Reads JSON, or JSON lines as the Collector's file exporter writes them.
 * @throws Error that says what is wrong, and in which line
 */
export const readOtlpFile = (text: string): OtlpFile => {
  const file: OtlpFile = { resourceSpans: [], resourceLogs: [] };
  const whole = parse(text);
  const lines = whole === undefined ? text.split('\n') : [];
  let known = take(whole, file);
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const value = parse(line);
    if (value === undefined) throw new Error(index === 0 ? 'This is not JSON.' : `Line ${index + 1} is not JSON.`);
    known = take(value, file) || known;
  }
  if (!known) throw new Error('This is not OTLP JSON: it has no resourceSpans, resourceLogs or batches.');
  if (file.resourceSpans.length + file.resourceLogs.length === 0)
    throw new Error('There are no spans or log lines in it.');
  return file;
};
