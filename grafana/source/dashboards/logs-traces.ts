import { dashboard } from '../kit/dashboard.ts';
import { bars, timeSeries } from '../kit/graphs.ts';
import { logRows, logSeries } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';
import { logPanel, table, traceTable } from '../kit/tables.ts';
import { UIDS } from '../kit/uids.ts';
import { streamLabelValues, text } from '../kit/variables.ts';

/** Labels choose the streams; there are few, so this is cheap. */
const STREAMS = '{service=~"$service", level=~"$level"}';
/**
 * Structured metadata, which costs no stream each. An empty field matches every line, also one without it.
 * The text is searched last, in what is left.
 */
const CHOSEN = [
  STREAMS,
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: Grafana fills these in.
  '| trace_id=~"${trace_id:regex}.*"',
  '| request_id=~"${request_id:regex}.*"',
  '| user_id=~"${user_id:regex}.*"',
  '|~ `(?i)${search:regex}`',
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: Grafana fills these in.
].join(' ');
const LEVELS = { debug: 'blue', info: 'green', warn: 'yellow', error: 'red' };
/** One line for each request, with what it was in `http`. */
const ACCESS = `${CHOSEN} |= \`"http":{\` | json route="http.route", status="http.status", duration_ms="http.duration_ms"`;

const volume = [
  timeSeries({
    title: 'Lines by level',
    description:
      'How much is logged. Red that appears is a failure; a jump of one level is often one line repeated: see the table.',
    unit: UNITS.count,
    width: 16,
    stack: true,
    bars: true,
    colours: LEVELS,
    queries: [logSeries(`sum by (level) (count_over_time(${CHOSEN} [$__auto]))`, '{{level}}')],
  }),
  bars({
    title: 'Lines by service',
    description: 'Who logs most in the chosen time. A service that says nothing is not scraped by Promtail, or down.',
    unit: UNITS.count,
    sum: true,
    queries: [logSeries(`sum by (service) (count_over_time(${CHOSEN} [$__auto]))`, '{{service}}')],
  }),
];

const requests = [
  timeSeries({
    title: 'Requests by status, as logged',
    description: 'From the access lines. Should agree with API Performance; less here means that log lines are lost.',
    unit: UNITS.requests,
    stack: true,
    queries: [logSeries(`sum by (status) (rate(${ACCESS} [$__auto]))`, '{{status}}')],
  }),
  timeSeries({
    title: 'p95 by route, as logged',
    description: 'From the access lines, so it also works for one user or one request id, which no metric has.',
    unit: UNITS.seconds,
    queries: [
      logSeries(
        `topk(8, quantile_over_time(0.95, ${ACCESS} | unwrap duration_ms | __error__="" [$__auto]) by (route) / 1000)`,
        '{{route}}',
      ),
    ],
  }),
];

const lines = [
  logPanel({
    title: 'Log lines',
    description: 'Newest first. Open a line: its trace_id is a link to the trace.',
    query: CHOSEN,
    limit: 500,
  }),
];

const worst = [
  table({
    title: 'Messages at warn and error',
    description: 'What goes wrong most often in the chosen time. Copy a message into Search to see its lines.',
    row: { label: 'message', title: 'Message' },
    columns: [
      {
        title: 'Lines',
        query: logRows(
          'topk(20, sum by (message) (count_over_time({service=~"$service", level=~"warn|error"} | json message="message" [$__range])))',
        ),
        unit: UNITS.count,
      },
    ],
    sortBy: 'Lines',
    width: 12,
  }),
  traceTable({
    title: 'Traces',
    description:
      'Requests of the same services and time. Click an id; in the trace, a span leads back to its log lines.',
    query: '{ resource.service.name =~ "$service" && kind = server }',
    width: 12,
  }),
];

export const logsTraces = () =>
  dashboard({
    uid: UIDS.logs,
    title: 'Logs & Traces',
    description: 'The log lines of everything, found by service, level, trace, request, user or text.',
    tags: ['logs'],
    variables: [
      // At least one label has to be there, so "All" is not `.*` here.
      streamLabelValues({
        name: 'service',
        label: 'Service',
        description: 'Who wrote the line.',
        streamLabel: 'service',
        all: '.+',
      }),
      streamLabelValues({
        name: 'level',
        label: 'Level',
        description: 'debug, info, warn or error.',
        streamLabel: 'level',
      }),
      text({ name: 'trace_id', label: 'Trace', description: 'A trace id, or how it begins.' }),
      text({ name: 'request_id', label: 'Request', description: 'X-Request-ID of a request, or how it begins.' }),
      text({ name: 'user_id', label: 'User', description: 'The id of a user, or how it begins.' }),
      text({ name: 'search', label: 'Search', description: 'Any text in the line; case does not matter.' }),
    ],
    rows: [
      { title: 'How much', panels: volume },
      { title: 'Lines', panels: lines },
      { title: 'Requests', panels: requests },
      { title: 'What goes wrong, and traces', panels: worst },
    ],
  });
