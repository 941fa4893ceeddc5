import type { Operand } from './query.ts';
import type { Reader } from './reader.ts';
import { intrinsicNamed, literalWord, scopeNamed, unsupported } from './vocabulary.ts';

/**
 * One side of a comparison.
 * @throws FilterError
 */
export function parseOperand(reader: Reader): Operand {
  const token = reader.next;
  switch (token.kind) {
    case 'text':
    case 'number':
    case 'duration':
      reader.advance();
      return { kind: 'literal', type: token.kind, value: token.value };
    case 'attribute':
      reader.advance();
      return { kind: 'attribute', scope: scopeNamed(token.scope, token.name, token.position), name: token.name };
    case 'word':
      reader.advance();
      return literalWord(token.text) ?? { kind: 'intrinsic', name: intrinsicNamed(token.text, token.position) };
    case 'sign':
      if (token.text === '-') return parseNegative(reader);
      break;
    case 'end':
  }
  throw reader.expected('an attribute (span.name or .name), an intrinsic such as duration, or a value');
}

function parseNegative(reader: Reader): Operand {
  const { position } = reader.advance();
  const token = reader.next;
  if (token.kind !== 'number' && token.kind !== 'duration') throw unsupported('arithmetic', position);
  reader.advance();
  return { kind: 'literal', type: token.kind, value: -token.value };
}
