import type { Client } from 'pg';

interface Definition {
  removal: string;
  creation: string;
}

/**
 * Takes the indexes and constraints off the tables, for the rows to come in unhindered, and returns what puts back
 * exactly those: building an index over all rows at once takes a fraction of the time of keeping it row by row.
 * The definitions come from the catalogue, and all happens in the caller's transaction: a failure restores everything.
 */
export const setIndexesAside = async (client: Client, tables: readonly string[]): Promise<string[]> => {
  const { rows } = await client.query<Definition>(
    `WITH filled AS (SELECT unnest($1::text[])::regclass AS oid),
     definitions AS (
       SELECT 1 AS rank, indexrelid::regclass::text AS name, format('DROP INDEX %s', indexrelid::regclass) AS removal,
         pg_get_indexdef(indexrelid) AS creation
       FROM pg_index WHERE indrelid IN (SELECT oid FROM filled)
         AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
       UNION ALL
       SELECT CASE contype WHEN 'f' THEN 0 ELSE 2 END, conname,
         format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
         format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
       FROM pg_constraint WHERE contype IN ('f', 'p', 'u')
         AND (conrelid IN (SELECT oid FROM filled) OR contype = 'f' AND confrelid IN (SELECT oid FROM filled))
     )
     SELECT removal, creation FROM definitions ORDER BY rank, name`,
    [tables],
  );
  if (rows.length > 0) await client.query(rows.map((row) => row.removal).join(';'));
  // In the opposite order: keys, then indexes, then the references to the keys.
  return rows.map((row) => row.creation).reverse();
};
