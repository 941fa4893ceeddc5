import { exemplarLabels } from './exemplars.ts';
import { closedSet, LabelValues } from './labels.ts';
import { counter, gauge, histogram } from './registry.ts';
import { safely } from './safely.ts';

/** What happens to uploads, from their first byte to the feed. Names of formats, stages and reasons are declared by the product. */

const uploads = counter(
  'audio_uploads_total',
  'Uploads by format and how they were taken: accepted, refused, cancelled, failed.',
  ['format', 'outcome'],
);
const stageSeconds = histogram(
  'audio_processing_duration_seconds',
  'Time of one stage of the audio pipeline.',
  ['stage'],
  [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
  true,
);
const failures = counter('audio_processing_failures_total', 'Attempts that failed, by stage and reason.', [
  'stage',
  'reason',
]);
const waitSeconds = histogram(
  'audio_queue_wait_seconds',
  'Time from when a job could have been taken to when a worker took it.',
  [],
  [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900],
  true,
);

const OUTCOMES = ['accepted', 'refused', 'cancelled', 'failed'] as const;
export type UploadOutcome = (typeof OUTCOMES)[number];

const formats = new LabelValues('(other)', 20);
const stages = new LabelValues('(other)', 20);
const reasons = new LabelValues('(other)', 30);
const states = closedSet('(other)', ['waiting', 'delayed', 'active', 'dead']);

/** Names what the labels may be; anything else becomes `(other)`. */
export const declareAudio = (names: {
  formats: readonly string[];
  stages: readonly string[];
  reasons: readonly string[];
}): void => {
  formats.declare(names.formats);
  stages.declare(names.stages);
  reasons.declare(names.reasons);
  for (const format of names.formats) for (const outcome of OUTCOMES) uploads.inc({ format, outcome }, 0);
};

/** Counts an upload; `format` is undefined as long as nothing is known of the file. */
export const recordUpload = (format: string | undefined, outcome: UploadOutcome): void =>
  safely(() => uploads.inc({ format: formats.of(format), outcome }));

/** Measures a stage; called inside its span, which becomes the exemplar. */
export const recordStage = (stage: string, seconds: number): void =>
  safely(() =>
    stageSeconds.observe({
      labels: { stage: stages.of(stage) },
      value: Math.max(0, seconds),
      exemplarLabels: exemplarLabels(),
    }),
  );

export const recordStageFailure = (stage: string, reason: string): void =>
  safely(() => failures.inc({ stage: stages.of(stage), reason: reasons.of(reason) }));

/** Measures a wait in the queue; called inside the job's span. */
export const recordQueueWait = (seconds: number): void =>
  safely(() => waitSeconds.observe({ value: Math.max(0, seconds), exemplarLabels: exemplarLabels(), labels: {} }));

/** Jobs by what they are doing: `waiting`, `delayed` between two attempts, `active`, `dead` letters. */
export type QueueState = 'waiting' | 'delayed' | 'active' | 'dead';

let readQueue: (() => Record<QueueState, number> | undefined) | undefined;

/** Registers where the state of the queue is read from, at every scrape: a value that is kept fresh elsewhere. */
export const watchAudioQueue = (source: (() => Record<QueueState, number> | undefined) | undefined): void => {
  readQueue = source;
};

gauge('audio_queue_jobs', 'Jobs of the audio queue, by state.', ['state'], function collect() {
  this.reset();
  for (const [state, count] of Object.entries(readQueue?.() ?? {})) this.set({ state: states.of(state) }, count);
});
