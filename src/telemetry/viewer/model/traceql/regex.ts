import { RE2JS, RE2JSException } from 're2js';
import { FilterError } from '../filter-error.ts';

/** Characters. */
const longestPattern = 1000;
const longestText = 2048;
/** Texts whose answers are remembered. */
const remembered = 500;

/**
 * A regular expression with Go's syntax that has to fit the whole text, as in Tempo, where `.` stands for a line's end
 * too. JavaScript's own has other syntax, and takes for ever over some patterns; here a match costs at most the
 * length of the pattern times that of the text, of which the first 2048 characters are looked at.
 *
 * That is still slow next to all else that a filter does, and names, routes and statements come again and again: the
 * answers for some texts are remembered.
 * @param position where the pattern stands in the query
 * @throws FilterError
 */
export function compileRegex(pattern: string, position: number): (text: string) => boolean {
  if (pattern.length > longestPattern) {
    throw new FilterError('q', `a regular expression of more than ${longestPattern} characters`, position);
  }
  try {
    const regex = RE2JS.compile(pattern, RE2JS.DOTALL);
    const answers = new Map<string, boolean>();
    return (text) => {
      const known = answers.get(text);
      if (known !== undefined) return known;
      const answer = regex.testExact(text.slice(0, longestText));
      // Not the long ones: what is remembered stays in memory when its trace has gone.
      if (text.length <= longestText) {
        if (answers.size >= remembered) answers.clear();
        answers.set(text, answer);
      }
      return answer;
    };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const reason = error.message.replace('error parsing regexp: ', '').replace('`(?s)', '`');
    throw new FilterError('q', `the regular expression is not understood: ${reason}`, position);
  }
}
