import { type ZodType, z } from 'zod';
import type { RouteContract } from './contract.ts';

/** The part of a JSON schema that names things. */
interface Named {
  properties?: Record<string, Named>;
  items?: Named | Named[];
  anyOf?: Named[];
  oneOf?: Named[];
  allOf?: Named[];
  $ref?: string;
  $defs?: Record<string, Named>;
}

const namesIn = (schema: ZodType): Set<string> => {
  const top = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Named;
  const names = new Set<string>();
  const visit = (node: Named | undefined, path: string, above: readonly string[]): void => {
    if (!node) return;
    if (node.$ref !== undefined && !above.includes(node.$ref)) {
      visit(top.$defs?.[node.$ref.replace('#/$defs/', '')], path, [...above, node.$ref]);
    }
    for (const one of [node.items, node.anyOf, node.oneOf, node.allOf].flat()) visit(one, path, above);
    for (const [name, value] of Object.entries(node.properties ?? {})) {
      const inner = path ? `${path}.${name}` : name;
      names.add(inner);
      visit(value, inner, above);
    }
  };
  visit(top, '', []);
  return names;
};

/**
 * The names that the inputs of routes have, dotted where nested, without the indexes of arrays: what a metric may say
 * about a refused input. A field that a stranger made up is not among them.
 */
export const fieldNames = (
  contracts: Iterable<Pick<RouteContract, 'params' | 'query' | 'body' | 'form'>>,
): Set<string> => {
  const names = new Set<string>();
  for (const { params, query, body, form } of contracts) {
    if (form) names.add(form.file.name);
    for (const schema of [params, query, body, form?.fields]) {
      for (const name of schema ? namesIn(schema) : []) names.add(name);
    }
  }
  return names;
};
