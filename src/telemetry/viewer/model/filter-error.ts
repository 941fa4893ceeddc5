/** What is wrong with a filter, in words for who typed it. */
export class FilterError extends Error {
  /** Name of the parameter. */
  readonly field: string;
  /** Place in its text, from 0, where that is known. */
  readonly position: number | undefined;

  constructor(field: string, message: string, position?: number) {
    super(message);
    this.name = 'FilterError';
    this.field = field;
    this.position = position;
  }
}
