import { AppError, invalid } from '../../errors.ts';

/** Bytes of one text field. */
export const FIELD_BYTES = 4096;
/** Text fields of one form. */
export const FIELDS = 50;

/** Gathers the text fields of a form; one that comes several times becomes a list. */
export class TextFields {
  readonly #values = new Map<string, string | string[]>();

  /**
   * An empty field is one that was left out: that is how browsers send it.
   * @throws AppError VALIDATION_ERROR
   */
  add(name: unknown, value: string, truncated: boolean): void {
    if (typeof name !== 'string' || name === '')
      throw new AppError('VALIDATION_ERROR', 'a field of the form has no name');
    const shown = name.slice(0, 100);
    if (truncated) throw invalid(shown, `${shown} must be at most ${FIELD_BYTES} bytes long`);
    if (value === '') return;
    // What a decoder puts for bytes that are no text: nobody has typed that.
    if (value.includes('\ufffd')) throw invalid(shown, `${shown} must be text in UTF-8`);
    const before = this.#values.get(name);
    this.#values.set(name, before === undefined ? value : [before, value].flat());
  }

  /** Sets a field that was left out. */
  setDefault(name: string, value: string): void {
    if (!this.#values.has(name)) this.#values.set(name, value);
  }

  /** As a plain object, in which no name means anything special. */
  values(): Record<string, string | string[]> {
    return Object.fromEntries(this.#values);
  }
}
