/**
 * The way through the house: roles -> http -> features -> data, integrations. Imports go down only.
 * config/, errors.ts and telemetry/ are leaves that anyone may import.
 */
const LEAVES = '^src/(config/|errors\\.ts$|telemetry/)';

/** Rooms from the top down, each with those above it, which it must not import. */
const transports = '^src/(http|grpc|messaging)/';
const above = {
  transport: '^src/(main\\.ts$|roles/)',
  features: '^src/(main\\.ts$|roles/|http/|grpc/|messaging/)',
  ground: '^src/(main\\.ts$|roles/|http/|grpc/|messaging/|features/)',
};

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'transport-imports-no-role',
      comment: 'A transport knows no role: the role builds its context and hands it over.',
      severity: 'error',
      from: { path: transports },
      to: { path: above.transport },
    },
    {
      name: 'features-are-free-of-transport',
      comment: 'The product does not know who asks.',
      severity: 'error',
      from: { path: '^src/features/' },
      to: { path: above.features },
    },
    {
      name: 'data-and-integrations-are-at-the-bottom',
      comment: 'What stores and what talks to the world knows nothing of the product.',
      severity: 'error',
      from: { path: '^src/(data|integrations)/' },
      to: { path: above.ground },
    },
    {
      name: 'leaves-import-leaves-only',
      comment: 'Everyone imports them, so they import nobody.',
      severity: 'error',
      from: { path: LEAVES, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: LEAVES },
    },
    {
      name: 'viewer-model-runs-anywhere',
      comment: 'The server and the browser share it: nothing of Node, of the browser or of the rest.',
      severity: 'error',
      from: { path: '^src/telemetry/viewer/model/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^src/telemetry/viewer/model/|node_modules/re2js/' },
    },
    {
      name: 'viewer-page-runs-in-a-browser',
      comment: 'It is sent as it is, with its types taken out.',
      severity: 'error',
      from: { path: '^src/telemetry/viewer/page/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^src/telemetry/viewer/(page|model)/|node_modules/preact/' },
    },
    {
      name: 'only-browsers-load-the-viewer-page',
      severity: 'error',
      from: { pathNot: '^src/telemetry/viewer/page/' },
      to: { path: '^src/telemetry/viewer/page/' },
    },
    {
      name: 'express-lives-in-http',
      comment: 'No Express type below the transport.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(http|telemetry)/' },
      to: { path: 'node_modules/(express|@types/express[^/]*)/' },
    },
    {
      name: 'source-imports-no-test',
      severity: 'error',
      from: { path: '^(src|scripts)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^test/|\\.test\\.ts$' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { pathNot: '^src/data/prisma/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-missing-modules',
      severity: 'error',
      from: { pathNot: '^src/data/prisma/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^src/data/prisma/'] },
    tsPreCompilationDeps: true,
    // TypeScript 7 has no compiler API for other programs yet; this parser reads TypeScript by itself.
    parser: 'swc',
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json', '.wasm'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
