import { type ZodType, z } from 'zod';

export type JsonSchema = Record<string, unknown>;
export type Io = 'input' | 'output';

/**
 * JSON Schemas of zod schemas. A schema with a `.meta({ id })` becomes one component that all refer to; one whose
 * request and reply differ becomes two, the request's with `Input` after its name.
 */
export class SchemaCollection {
  readonly #components = new Map<string, JsonSchema>();

  /** What may be sent (`input`) or will be answered (`output`): a reference where the schema has an id. */
  schemaOf(schema: ZodType, io: Io): JsonSchema {
    // Inside of an object, a schema with an id is set apart like any other.
    const { properties, $defs = {} } = z.toJSONSchema(z.object({ it: schema }), {
      io,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const definition = zodSchema._zod.def;
        // zod leaves a default out where a transformation follows: it shows what comes after it, which is what we mean.
        if (definition.type === 'default' && 'defaultValue' in definition)
          jsonSchema.default = definition.defaultValue as never;
        // It leaves out examples there too; ours are of what is sent.
        const examples = z.globalRegistry.get(zodSchema)?.examples;
        if (Array.isArray(examples)) jsonSchema.examples = examples;
        if (jsonSchema.type === 'integer' || jsonSchema.type === 'number') dropTextLimits(jsonSchema);
      },
    });
    const names = new Map<string, string>();
    for (const name of Object.keys($defs)) names.set(name, name);
    const rename = (value: JsonSchema) => tidy(value, io, names);
    for (const [name, definition] of Object.entries($defs)) {
      const known = this.#components.get(name);
      const own = rename(definition as JsonSchema);
      if (known !== undefined && !isSame(known, own)) names.set(name, `${name}${io === 'input' ? 'Input' : 'Reply'}`);
    }
    for (const [name, definition] of Object.entries($defs)) {
      this.#components.set(names.get(name) ?? name, rename(definition as JsonSchema));
    }
    return rename((properties?.it ?? {}) as JsonSchema);
  }

  /** A schema that `schemaOf` gave, without the reference. */
  resolved(schema: JsonSchema): JsonSchema {
    const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
    return name === undefined ? schema : (this.#components.get(name) ?? schema);
  }

  /** All components so far, by name, in alphabetical order. */
  components(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#components].sort(([one], [other]) => (one < other ? -1 : 1)));
  }
}

/** A number that travels in a query string is checked as text first; the document shows the number. */
const dropTextLimits = (schema: object): void => {
  for (const keyword of ['pattern', 'minLength', 'maxLength', 'format']) Reflect.deleteProperty(schema, keyword);
};

/** References point into the document; replies may grow, so they forbid no further properties. */
const tidy = <T>(value: T, io: Io, names: ReadonlyMap<string, string>): T => {
  if (Array.isArray(value)) return value.map((item) => tidy(item, io, names)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const tidied = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    if (key === '$schema' || (key === 'id' && typeof inner === 'string')) return [];
    if (key === 'additionalProperties' && inner === false && io === 'output') return [];
    if (key === '$ref' && typeof inner === 'string') {
      const name = inner.replace('#/$defs/', '');
      return [[key, `#/components/schemas/${names.get(name) ?? name}`]];
    }
    return [[key, tidy(inner, io, names)]];
  });
  return Object.fromEntries(tidied) as T;
};

const isSame = (one: JsonSchema, other: JsonSchema): boolean => JSON.stringify(one) === JSON.stringify(other);
