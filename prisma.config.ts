import { defineConfig } from 'prisma/config';

/** For Prisma's own command line, such as `npx prisma migrate deploy`: the service itself does not read this. */
const url = process.env.DATABASE_URL;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(url && { datasource: { url } }),
});
