import { readFileSync } from 'node:fs';
import { type Branch, drawnTree } from './trace.ts';

const docs = new URL('../../docs/', import.meta.url);

interface Block {
  language: string;
  text: string;
}

const blocksOf = (page: string): Block[] =>
  [...readFileSync(new URL(page, docs), 'utf8').matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
    ([, language = '', text = '']) => ({ language, text: text.trimEnd() }),
  );

/** The tree of spans that a page draws. @param first the name of its root */
export const documentedTree = (page: string, first: string): Branch => {
  const block = blocksOf(page).find(({ text }) => text.split('\n')[0]?.startsWith(first));
  if (!block) throw new Error(`docs/${page} draws no tree that begins with ${first}`);
  return drawnTree(block.text.split('\n'));
};

const LANGUAGES = ['promql', 'logql', 'traceql'] as const;
type Language = (typeof LANGUAGES)[number];

/** The page that shows how to look at all this by hand; its queries are run as they stand there. */
export const TOUR = 'testing-tracing.md';

/** @param places what stands for `<trace id>` and the like */
export const tourQueries = (places: Readonly<Record<string, string>>): { language: Language; query: string }[] =>
  blocksOf(TOUR).flatMap(({ language, text }) => {
    const known = LANGUAGES.find((name) => name === language);
    if (!known) return [];
    const query = text.replace(/<([a-z ]+)>/g, (all, name: string) => places[name] ?? all);
    return [{ language: known, query }];
  });
