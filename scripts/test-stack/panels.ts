import { exemplars, logql, lokiLabel, promql, type Span, traceql } from './backends.ts';
import { type Query, queries } from './dashboards.ts';
import { eventually, Failure, type Patience } from './failure.ts';
import { TOUR, tourQueries } from './pages.ts';
import type { Report } from './report.ts';
import type { Options } from './services.ts';

/** @returns what came, in words. @throws Failure when it is nothing. */
const run = async (query: Query, { services }: Options, over: Span): Promise<string> => {
  const { text, instant, label, limit } = query;
  if (query.backend === 'tempo') return `${(await traceql(services.tempo, text, over, limit)).length} traces`;
  if (label !== undefined) return `${(await lokiLabel(services.loki, label)).length} values`;
  if (query.backend === 'loki') return `${(await logql(services.loki, text, over, instant)).length} series or streams`;
  try {
    const series = `${await promql(services.prometheus, text, instant ? undefined : over)} series`;
    if (!query.exemplars) return series;
    return `${series}, ${(await exemplars(services.prometheus, text, over)).length} exemplars`;
  } catch (error) {
    if (query.mayBeEmpty && error instanceof Failure && error.message === 'no data') return 'nothing to show';
    throw error;
  }
};

/**
 * Every query of every dashboard.
 * @param start of the load, in seconds since 1970
 */
export const checkPanels = async (report: Report, options: Options, start: number, within: Patience): Promise<void> => {
  report.section('Every query of every dashboard');
  for (const query of queries)
    await report.check(query.where, ['api', query.backend], () =>
      eventually(within, () => run(query, options, { start, end: Date.now() / 1000 })),
    );
};

/** Every query of the page that shows all this by hand. */
export const checkTour = async (
  report: Report,
  options: Options,
  places: Readonly<Record<string, string>>,
  start: number,
  within: Patience,
): Promise<void> => {
  report.section(`Every query of docs/${TOUR}`);
  const { prometheus, tempo, loki } = options.services;
  const ask = {
    promql: { backend: 'prometheus', run: async (query: string) => `${await promql(prometheus, query)} series` },
    logql: {
      backend: 'loki',
      run: async (query: string, over: Span) => `${(await logql(loki, query, over)).length} series or streams`,
    },
    traceql: {
      backend: 'tempo',
      run: async (query: string, over: Span) => `${(await traceql(tempo, query, over)).length} traces`,
    },
  } as const;
  for (const { language, query } of tourQueries(places)) {
    const { backend, run: asked } = ask[language];
    await report.check(query.replaceAll(/\s+/g, ' '), ['api', backend], () =>
      eventually(within, () => asked(query, { start, end: Date.now() / 1000 })),
    );
  }
};
