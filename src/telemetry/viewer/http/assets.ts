import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Answer, textAnswer } from './answer.ts';
import { stripTypes } from './type-stripping.ts';

/** Where assets are served. */
export const ASSETS = '/traces/assets/';

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

interface Asset {
  file: string;
  contentType: string;
  /** Once it was read, and when what was read had been written, in milliseconds since 1970. */
  body?: string;
  written?: number;
}

const require = createRequire(import.meta.url);
const viewer = fileURLToPath(new URL('..', import.meta.url));

const packageFiles = (): [string, Asset][] => [
  ['preact/preact.mjs', { file: require.resolve('preact'), contentType: JAVASCRIPT }],
  ['preact/hooks.mjs', { file: require.resolve('preact/hooks'), contentType: JAVASCRIPT }],
  ['re2js.js', { file: join(dirname(require.resolve('re2js')), 'index.js'), contentType: JAVASCRIPT }],
  [
    'sql-formatter.js',
    {
      file: join(dirname(require.resolve('sql-formatter/package.json')), 'dist/sql-formatter.min.js'),
      contentType: JAVASCRIPT,
    },
  ],
];

const ownFiles = (folder: 'page' | 'model'): [string, Asset][] =>
  readdirSync(join(viewer, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.(ts|css)$/.test(name) && !name.endsWith('.test.ts'))
    .sort()
    .map((name) => [
      `${folder}/${name}`,
      { file: join(viewer, folder, name), contentType: name.endsWith('.css') ? CSS : JAVASCRIPT },
    ]);

let assets: ReadonlyMap<string, Asset> | undefined;

/** What there is now. What has been read stays read. */
const listAssets = (): ReadonlyMap<string, Asset> => {
  const known = assets;
  const files = [...packageFiles(), ...ownFiles('page'), ...ownFiles('model')];
  assets = new Map(files.map(([name, asset]) => [name, known?.get(name) ?? asset]));
  return assets;
};

/** A closed list: what a request asks for never becomes a path of the file system. */
const allAssets = (): ReadonlyMap<string, Asset> => assets ?? listAssets();

const bodyOf = (asset: Asset): string => {
  const written = statSync(asset.file).mtimeMs;
  if (asset.body === undefined || asset.written !== written) {
    asset.written = written;
    const content = readFileSync(asset.file, 'utf8');
    asset.body = asset.file.endsWith('.ts') ? stripTypes(content) : content;
  }
  return asset.body;
};

/** @param path below `ASSETS`, such as `page/main.ts` */
export const assetAnswer = (path: string): Answer => {
  const asset = allAssets().get(path);
  if (!asset) return textAnswer(404, 'no such asset\n');
  return { status: 200, headers: { 'Content-Type': asset.contentType }, body: bodyOf(asset) };
};

/** `import`, `export … from` and `import()` of a relative path, as biome formats them. */
const IMPORTS = /\b(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

/**
 * All modules that `path` needs, itself first: what a browser would otherwise find out step by step. Looks at the files
 * again, so that an edit shows when the page is loaded again, without a new start of the server.
 * @param path below `ASSETS`
 */
export const modulesOf = (path: string): string[] => {
  const all = listAssets();
  const found = new Set([path]);
  for (const name of found) {
    const asset = all.get(name);
    if (asset?.contentType !== JAVASCRIPT) continue;
    for (const [, relative = ''] of bodyOf(asset).matchAll(IMPORTS)) {
      const imported = new URL(relative, `http://asset/${name}`).pathname.slice(1);
      if (all.has(imported)) found.add(imported);
    }
  }
  return [...found];
};
