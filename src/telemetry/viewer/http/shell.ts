import { createHash } from 'node:crypto';
import type { Answer } from './answer.ts';
import { ASSETS, modulesOf } from './assets.ts';

/** What the page is told about its surroundings. */
export interface ViewerSettings {
  /** Template of a link to a trace in Tempo, with `{trace_id}`, `{from}` and `{to}`. */
  tempo?: string | undefined;
  /** Likewise to its lines in Loki. */
  loki?: string | undefined;
  /** Where the API is, if it runs in this process. */
  api?: string | undefined;
  /** `service.name` of this process. */
  service: string;
}

/** What others build on comes first. */
const STYLES = [
  'tokens',
  'base',
  'overlays',
  'list',
  'list-filter',
  'list-overview',
  'list-grid',
  'list-headings',
  'list-row',
  'trace',
  'trace-narrow',
  'minimap',
  'waterfall',
  'span-row',
  'span-bar',
  'panel',
  'panel-sections',
  'lines',
  'compare',
  'compare-tables',
  'compare-choice',
];

const IMPORT_MAP = JSON.stringify({
  imports: {
    preact: `${ASSETS}preact/preact.mjs`,
    'preact/hooks': `${ASSETS}preact/hooks.mjs`,
    re2js: `${ASSETS}re2js.js`,
  },
});

const POLICY = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${createHash('sha256').update(IMPORT_MAP).digest('base64')}'`,
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Three bars of a waterfall. A browser that is told of no icon asks for /favicon.ico. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#4c7fe0" d="M1 2h14v3H1zM4 7h8v3H4zM7 12h5v3H7z"/></svg>',
)}`;

/** JSON that stays inside its script element. */
const embeddedJson = ({ tempo = null, loki = null, api = null, service }: Partial<Record<string, unknown>>): string =>
  JSON.stringify({ tempo, loki, api, service }).replaceAll('<', '\\u003c');

/** The one HTML document: which page it is decides the script by the address. */
export const shellAnswer = (settings: ViewerSettings): Answer => {
  const preloads = ['preact/preact.mjs', 'preact/hooks.mjs', 're2js.js', ...modulesOf('page/main.ts')];
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Traces</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${ICON}">
<script type="importmap">${IMPORT_MAP}</script>
${STYLES.map((name) => `<link rel="stylesheet" href="${ASSETS}page/styles/${name}.css">`).join('\n')}
${preloads.map((path) => `<link rel="modulepreload" href="${ASSETS}${path}">`).join('\n')}
<script type="application/json" id="settings">${embeddedJson({ ...settings })}</script>
<script type="module" src="${ASSETS}page/main.ts"></script>
</head>
<body>
<div id="app"></div>
<noscript>This page needs JavaScript. As plain text: curl -H 'Accept: text/plain' with the same address.</noscript>
</body>
</html>
`;
  return {
    status: 200,
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': POLICY, Vary: 'Accept' },
    body: html,
  };
};
