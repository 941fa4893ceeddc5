import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TraceRing } from '../trace-ring.ts';
import { traceListText, traceText } from '../trace-text.ts';
import { type Answer, jsonAnswer, sendAnswer, textAnswer } from './answer.ts';
import { ASSETS, assetAnswer } from './assets.ts';
import { refusal } from './guards.ts';
import { OtlpIntake } from './otlp-intake.ts';
import { shellAnswer, type ViewerSettings } from './shell.ts';
import { filterProblem, listTraces, readMatches, traceAnswer } from './trace-api.ts';
import { TraceStreams } from './trace-streams.ts';

export interface ViewerOptions {
  ring: TraceRing;
  settings: ViewerSettings;
  /** The name or address that the port is bound to. */
  boundTo: string;
}

export interface ViewerRoutes {
  /** Whether a path is the viewer's to answer. */
  owns(path: string): boolean;
  /** @param path of the request, without its query */
  answer(req: IncomingMessage, res: ServerResponse, path: string): Promise<void>;
  /** Ends the streams. */
  close(): void;
}

interface Request {
  req: IncomingMessage;
  res: ServerResponse;
  query: URLSearchParams;
  /** What its path names: trace ids, or an asset. */
  names: readonly string[];
}

/** What to answer with; undefined: it has answered itself, or there is nobody to answer. */
type Handler = (request: Request) => Answer | undefined | Promise<Answer | undefined>;

interface Route {
  /** Its groups are the `names` of the request. */
  path: RegExp;
  /** By method; HEAD is GET without a body. */
  methods: Readonly<Partial<Record<'GET' | 'POST' | 'DELETE', Handler>>>;
}

const wantsHtml = (req: IncomingMessage): boolean => /\btext\/html\b/i.test(req.headers.accept ?? '');

const queryOf = (req: IncomingMessage): URLSearchParams =>
  new URLSearchParams((req.url ?? '').split('?').slice(1).join('?'));

const TEXT = { Vary: 'Accept' };

const routesOf = ({ ring, settings }: ViewerOptions, streams: TraceStreams, intake: OtlpIntake): Route[] => {
  const list: Handler = async ({ req, query }) => {
    if (wantsHtml(req)) return shellAnswer(settings);
    const { held, traces } = await listTraces(ring, readMatches(query));
    return textAnswer(200, traceListText(traces, held), TEXT);
  };

  const traces: Handler = ({ req, names }) => {
    // Their spans may be on their way: the page waits for them.
    if (wantsHtml(req)) return shellAnswer(settings);
    const held = names.map((name) => ring.get(name.toLowerCase()));
    if (held.includes(undefined)) return textAnswer(404, 'no such trace, or not any more\n', TEXT);
    return textAnswer(200, held.map((one) => (one ? traceText(one.trace) : '')).join('\n'), TEXT);
  };

  const stream: Handler = async ({ req, res, query }) => {
    const matches = readMatches(query);
    if (req.method === 'HEAD') return { status: 200, headers: { 'Content-Type': 'text/event-stream' } };
    if (streams.isFull) return textAnswer(503, 'too many pages are open\n', { 'Retry-After': '5' });
    await streams.open(res, matches);
    return undefined;
  };

  const clear: Handler = () => {
    ring.clear();
    return { status: 204 };
  };

  const id = '([0-9a-fA-F]{32})';
  return [
    { path: /^\/traces\/?$/, methods: { GET: list } },
    { path: new RegExp(`^/traces/${id}$`), methods: { GET: traces } },
    { path: new RegExp(`^/traces/${id}/compare/${id}$`), methods: { GET: traces } },
    { path: new RegExp(`^${ASSETS}(.+)$`), methods: { GET: ({ names: [name = ''] }) => assetAnswer(name) } },
    {
      path: /^\/traces\/api\/traces$/,
      methods: {
        GET: async ({ query }) => jsonAnswer(200, await listTraces(ring, readMatches(query))),
        DELETE: clear,
      },
    },
    { path: /^\/traces\/api\/stream$/, methods: { GET: stream } },
    {
      path: new RegExp(`^/traces/api/traces/${id}$`),
      methods: {
        GET: ({ names: [name = ''], query }) => traceAnswer(ring, name.toLowerCase(), query.has('download')),
      },
    },
    { path: /^\/v1\/traces$/, methods: { POST: ({ req }) => intake.answer(req, 'traces') } },
    { path: /^\/v1\/logs$/, methods: { POST: ({ req }) => intake.answer(req, 'logs') } },
  ];
};

const methodsOf = (route: Route): string =>
  Object.keys(route.methods)
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .join(', ');

/** The trace viewer's part of the metrics port: its pages, what they ask for, and the intake of OTLP. */
export const viewerRoutes = (options: ViewerOptions): ViewerRoutes => {
  const streams = new TraceStreams(options.ring);
  const routes = routesOf(options, streams, new OtlpIntake(options.ring));

  const dispatch: (req: IncomingMessage, res: ServerResponse, path: string) => ReturnType<Handler> = (
    req,
    res,
    path,
  ) => {
    const refused = refusal(req, options.boundTo);
    if (refused !== undefined) return textAnswer(403, `${refused}\n`);
    const route = routes.find((candidate) => candidate.path.test(path));
    if (!route) return textAnswer(404, 'not found\n');
    const method = req.method === 'HEAD' ? 'GET' : req.method;
    const handler = method && Object.hasOwn(route.methods, method) && route.methods[method as keyof Route['methods']];
    if (!handler) return textAnswer(405, 'method not allowed\n', { Allow: methodsOf(route) });
    return handler({ req, res, query: queryOf(req), names: route.path.exec(path)?.slice(1) ?? [] });
  };

  return {
    owns: (path) => /^\/(traces|v1)(\/|$)/.test(path),
    answer: async (req, res, path) => {
      let answer: Answer | undefined;
      try {
        answer = await dispatch(req, res, path);
      } catch (error) {
        answer = filterProblem(error);
        if (!answer) throw error;
      }
      if (answer) sendAnswer(req, res, answer);
    },
    close: () => streams.close(),
  };
};
