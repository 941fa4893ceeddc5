import pg from 'pg';

/** What a database holds, in words that do not depend on the order in which it was made. */
export type Catalog = Record<'columns' | 'constraints' | 'enums' | 'indexes', string[]>;

const QUERIES: Record<keyof Catalog, string> = {
  columns: `
    SELECT format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN ' NOT NULL' END, ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)) AS line
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped`,
  // NOT NULL has been a constraint of its own since PostgreSQL 18; it is with the columns here.
  constraints: `
    SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS line
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'`,
  enums: `
    SELECT format('%s (%s)', t.typname, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)) AS line
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = 'public'::regnamespace GROUP BY t.oid`,
  indexes: `SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public'`,
};

/** Describes everything in the schema `public`, but for Prisma's own table. */
export const readCatalog = async (url: string): Promise<Catalog> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const read = async (query: string): Promise<string[]> => {
      const { rows } = await client.query<{ line: string }>(query);
      return rows
        .map(({ line }) => line)
        .filter((line) => !line.includes('_prisma_migrations'))
        .sort();
    };
    return {
      columns: await read(QUERIES.columns),
      constraints: await read(QUERIES.constraints),
      enums: await read(QUERIES.enums),
      indexes: await read(QUERIES.indexes),
    };
  } finally {
    await client.end();
  }
};
