import { type ComponentChildren, createContext, h } from 'preact';
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks';
import { tracePage } from './api.ts';
import { sendFile } from './drop-file.ts';
import { formatCount } from './format.ts';
import { navigate } from './router.ts';

type Progress =
  | { kind: 'sending'; name: string; share: number }
  | { kind: 'sent'; text: string; problems: string[] }
  | { kind: 'failed'; name: string; problem: string };

const Intake = createContext<(file: File) => void>(() => undefined);

/** Takes files that are dropped anywhere on the page, and those of `OpenFileButton`; opens what is in them. */
export const FileIntake = ({ children }: { children?: ComponentChildren }): ComponentChildren => {
  const [progress, setProgress] = useState<Progress | undefined>(undefined);
  const [dragging, setDragging] = useState(false);

  const takeFile = useCallback(async (file: File) => {
    const { name } = file;
    try {
      const { traceIds, problems } = await sendFile(file, (share) => setProgress({ kind: 'sending', name, share }));
      const [traceId] = traceIds;
      const text = `${name}: ${formatCount(traceIds.length, 'trace')}`;
      setProgress(traceIds.length === 1 && problems.length === 0 ? undefined : { kind: 'sent', text, problems });
      navigate(traceIds.length === 1 && traceId !== undefined ? tracePage(traceId) : '/traces');
    } catch (error) {
      setProgress({ kind: 'failed', name, problem: error instanceof Error ? error.message : String(error) });
    }
  }, []);

  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setDragging(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setDragging(false);
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setDragging(false);
      const file = event.dataTransfer?.files[0];
      if (file) void takeFile(file);
    };
    addEventListener('dragover', onOver);
    addEventListener('dragleave', onLeave);
    addEventListener('drop', onDrop);
    return () => {
      removeEventListener('dragover', onOver);
      removeEventListener('dragleave', onLeave);
      removeEventListener('drop', onDrop);
    };
  }, [takeFile]);

  return h(
    Intake.Provider,
    { value: takeFile },
    children,
    dragging && h('div', { class: 'drop-here' }, h('p', null, 'Drop a file of OTLP JSON to open it')),
    progress && h(IntakeNote, { progress, onClose: () => setProgress(undefined) }),
  );
};

const IntakeNote = ({ progress, onClose }: { progress: Progress; onClose: () => void }): ComponentChildren => {
  if (progress.kind === 'sending') {
    return h(
      'div',
      { class: 'note', role: 'status' },
      h('span', null, `Reading ${progress.name}`),
      h('progress', { max: 1, value: progress.share, 'aria-label': 'Progress' }),
    );
  }
  const failed = progress.kind === 'failed';
  const lines = failed ? [`${progress.name}: ${progress.problem}`] : [progress.text, ...progress.problems];
  return h(
    'div',
    { class: failed ? 'note error' : 'note', role: failed ? 'alert' : 'status' },
    h(
      'div',
      null,
      lines.map((line) => h('p', { key: line }, line)),
    ),
    h('button', { type: 'button', onClick: onClose }, 'Dismiss'),
  );
};

/** Button with a file input behind it. */
export const OpenFileButton = (): ComponentChildren => {
  const takeFile = useContext(Intake);
  const input = useRef<HTMLInputElement>(null);
  return [
    h('button', { key: 'button', type: 'button', onClick: () => input.current?.click() }, 'Open a file'),
    h('input', {
      key: 'input',
      ref: input,
      type: 'file',
      hidden: true,
      accept: '.json,.jsonl,.ndjson,application/json',
      'aria-label': 'File of OTLP JSON',
      onChange: (event: Event) => {
        const target = event.currentTarget;
        if (!(target instanceof HTMLInputElement)) return;
        const file = target.files?.[0];
        // The same file again is a change too.
        target.value = '';
        if (file) takeFile(file);
      },
    }),
  ];
};
