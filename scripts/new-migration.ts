// npm run migration:new -- name: writes what schema.prisma says and the migrations do not yet make as a new migration.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { MIGRATIONS, openSchemaEngine, writeSql } from '../prisma/schema-engine.ts';
import { startEmbeddedPostgres } from '../src/integrations/postgres/embedded.ts';

const name = process.argv[2] ?? '';
if (!/^[a-z0-9_]+$/.test(name) || process.argv.length > 3) {
  console.error('usage: npm run migration:new -- add_post_titles   (lower case, digits, underscores)');
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'sidechain-migration-'));
const log = { info: () => {}, warn: () => {}, error: console.error };
const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), log, settings: { fsync: 'off' } });
try {
  const { engine, close } = await openSchemaEngine(server.url);
  const sql = await writeSql(engine, 'migrations');
  await close();
  if (/^\s*-- This is an empty migration\.\s*$/.test(sql)) {
    console.log('Nothing to do: the migrations already make what prisma/schema.prisma says.');
  } else {
    const moment = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
    const target = join(MIGRATIONS, `${moment}_${name}`);
    mkdirSync(target);
    writeFileSync(join(target, 'migration.sql'), sql);
    console.log(`Wrote ${relative(process.cwd(), join(target, 'migration.sql'))}. Read it before you commit it.`);
  }
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
