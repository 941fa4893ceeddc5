import { stripTypeScriptTypes } from 'node:module';

/**
 * JavaScript with the same lines and columns as `source`.
 * @throws SyntaxError for TypeScript that is more than types
 */
export const stripTypes = (source: string): string => {
  // Its first use warns that it is experimental. That would be the one line of stderr that is no log line, and there is
  // nothing for anyone to do about it: the function is the one that runs this very file.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
};
