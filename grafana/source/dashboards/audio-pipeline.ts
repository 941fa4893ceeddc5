import { dashboard } from '../kit/dashboard.ts';
import { durations, stat, timeSeries } from '../kit/graphs.ts';
import { increase, orZero, quantile, rate, ratio, SERVICE, share } from '../kit/promql.ts';
import { buckets, PERCENTILE_COLOURS, percentiles, series, seriesWithExemplars, tableRows } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';
import { table, traceTable } from '../kit/tables.ts';
import { UIDS } from '../kit/uids.ts';
import { labelValues, service } from '../kit/variables.ts';
import { cpu } from './process-panels.ts';

const STAGES = 'audio_processing_duration_seconds';
const FAILURES = 'audio_processing_failures_total';
const UPLOADS = 'audio_uploads_total';
const WAIT = 'audio_queue_wait_seconds';
const STAGE = `${SERVICE}, stage=~"$stage"`;
const OUTCOMES = { accepted: 'green', refused: 'yellow', cancelled: 'blue', failed: 'red' };
const STATES = { waiting: 'blue', delayed: 'yellow', active: 'green', dead: 'red' };

/** Every process reads the one queue in the database, so the largest is right and the sum would count it twice. */
const jobs = (state: string): string => `max(audio_queue_jobs{${SERVICE}, state="${state}"})`;

const overview = [
  stat({
    title: 'Uploads',
    description: 'Uploads that were taken, a minute. None at all while people upload: see the outcomes below.',
    unit: UNITS.count,
    decimals: 1,
    queries: [series(`60 * (${orZero(rate(UPLOADS, `${SERVICE}, outcome="accepted"`))})`)],
  }),
  stat({
    title: 'Not taken',
    description:
      'Share of uploads that were refused or failed. refused is the file, failed is us: see the outcomes below.',
    unit: UNITS.share,
    limits: { warn: 0.1, act: 0.5 },
    queries: [series(share(rate(UPLOADS, `${SERVICE}, outcome=~"refused|failed"`), rate(UPLOADS, SERVICE)))],
  }),
  stat({
    title: 'Backlog',
    description:
      'Jobs that wait for a worker. Over 100 for long: start more workers, or find what holds those there are.',
    unit: UNITS.count,
    limits: { warn: 20, act: 100 },
    queries: [series(orZero(jobs('waiting')))],
  }),
  stat({
    title: 'Dead letters',
    description: 'Jobs that failed for the last time. See why in their traces, then `npm run jobs -- retry`.',
    unit: UNITS.count,
    limits: { warn: 1, act: 10 },
    queries: [series(orZero(jobs('dead')))],
    links: [{ title: 'Their log lines', dashboard: UIDS.logs, variables: { level: 'error', search: 'audio failed' } }],
  }),
  stat({
    title: 'Wait p95',
    description: 'How long uploads wait for a worker. It is what people feel when workers are too few.',
    unit: UNITS.seconds,
    limits: { warn: 10, act: 60 },
    queries: [series(quantile(0.95, WAIT))],
  }),
  stat({
    title: 'Failed attempts',
    description: 'Stages that failed, a minute. One attempt that failed is tried again; look at the reasons below.',
    unit: UNITS.count,
    decimals: 1,
    limits: { warn: 1, act: 10 },
    queries: [series(`60 * (${orZero(rate(FAILURES, STAGE))})`)],
  }),
];

const uploads = [
  timeSeries({
    title: 'Uploads by outcome',
    description:
      'refused: not audio, too large or too long. cancelled: the sender went away. failed: we could not store it.',
    unit: UNITS.perSecond,
    stack: true,
    colours: OUTCOMES,
    queries: [series(rate(UPLOADS, SERVICE, 'outcome'), '{{outcome}}')],
  }),
  timeSeries({
    title: 'Uploads by format',
    description: 'What people send. A format that is all refused is one that a new client sends and we do not take.',
    unit: UNITS.perSecond,
    stack: true,
    queries: [series(rate(UPLOADS, SERVICE, 'format'), '{{format}}')],
  }),
];

const queue = [
  timeSeries({
    title: 'Jobs by state',
    description: 'waiting that grows: too few workers. delayed: between two attempts. dead: given up, needs a person.',
    unit: UNITS.count,
    limits: { act: 100 },
    colours: STATES,
    queries: [series(`max by (state) (audio_queue_jobs{${SERVICE}})`, '{{state}}')],
  }),
  timeSeries({
    title: 'Wait in the queue',
    description: 'From when a job could have been taken to when it was. Each dot is a job: click it for its trace.',
    unit: UNITS.seconds,
    limits: { act: 60 },
    colours: PERCENTILE_COLOURS,
    queries: percentiles(WAIT, SERVICE),
  }),
];

const work = [
  timeSeries({
    title: 'p95 by stage',
    description: 'The longest stage is where more CPU helps. Each dot is a stage of one file: click it for the trace.',
    unit: UNITS.seconds,
    limits: { act: 60 },
    queries: [seriesWithExemplars(quantile(0.95, STAGES, STAGE, 'stage'), '{{stage}}')],
  }),
  durations({
    title: 'How long stages take',
    description: 'All stages chosen above. A band that climbs is files that get longer, or a machine that gets busier.',
    query: buckets(rate(`${STAGES}_bucket`, STAGE, 'le')),
  }),
  timeSeries({
    title: 'Workers busy, by stage',
    description:
      'Seconds of work a second: how many jobs are in a stage at once. Near the number of workers none is free.',
    unit: UNITS.count,
    stack: true,
    queries: [series(rate(`${STAGES}_sum`, STAGE, 'stage'), '{{stage}}')],
  }),
  timeSeries({
    title: 'Failures by stage and reason',
    description: 'unreadable, no_audio and too_long are the file. timeout, disk_full, storage and database are ours.',
    unit: UNITS.perSecond,
    stack: true,
    queries: [series(orZero(rate(FAILURES, STAGE, 'stage', 'reason')), '{{stage}} {{reason}}')],
  }),
  timeSeries({
    title: 'Stages finished',
    description:
      'How many files go through each stage. Where the number falls from one stage to the next, files are lost.',
    unit: UNITS.perSecond,
    queries: [series(rate(`${STAGES}_count`, STAGE, 'stage'), '{{stage}}')],
  }),
  cpu(),
];

const overRange = (suffix: string): string => increase(`${STAGES}_${suffix}`, STAGE, 'stage');
const byStage = [
  table({
    title: 'Stages',
    description: 'Every stage in the chosen time.',
    row: { label: 'stage', title: 'Stage' },
    columns: [
      { title: 'Total time', query: tableRows(overRange('sum')), unit: UNITS.seconds },
      { title: 'Runs', query: tableRows(overRange('count')), unit: UNITS.count },
      { title: 'Mean', query: tableRows(ratio(overRange('sum'), overRange('count'))), unit: UNITS.seconds },
      {
        title: 'p95',
        query: tableRows(`histogram_quantile(0.95, ${increase(`${STAGES}_bucket`, STAGE, 'stage', 'le')})`),
        unit: UNITS.seconds,
        limits: { warn: 30, act: 60 },
      },
    ],
    sortBy: 'Total time',
    width: 12,
  }),
  traceTable({
    title: 'Files',
    description: 'The latest uploads that were worked on. The trace begins with the request that uploaded the file.',
    query: '{ name = "audio.process" } | select(span.audio.format, span.audio.duration, span.audio.attempt)',
    width: 12,
  }),
];

export const audioPipeline = () =>
  dashboard({
    uid: UIDS.audio,
    title: 'Audio Pipeline',
    description: 'Uploads, the queue they wait in, and the stages they go through until they can be heard.',
    tags: ['audio'],
    variables: [
      service(),
      labelValues({
        name: 'stage',
        label: 'Stage',
        description: 'A stage of the pipeline.',
        metric: `${STAGES}_count{${SERVICE}}`,
        metricLabel: 'stage',
      }),
    ],
    rows: [
      { title: 'Now', panels: overview },
      { title: 'Uploads', panels: uploads },
      { title: 'Queue', panels: queue },
      { title: 'Stages', panels: work },
      { title: 'By stage, and examples', panels: byStage },
    ],
  });
