import { type ComponentChildren, h, render } from 'preact';
import { CompareView } from './compare/compare-view.ts';
import { ListView } from './list/list-view.ts';
import { FileIntake } from './shared/file-intake.ts';
import { usePlace } from './shared/router.ts';
import { TraceView } from './trace/trace-view.ts';

const part = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text).toLowerCase();
  } catch {
    return text;
  }
};

/** `key`s make a page of its own of each trace: nothing of the last one stays. */
const Page = (): ComponentChildren => {
  const place = usePlace();
  const [a, compare, b] = place.path
    .replace(/^\/traces\/?/, '')
    .split('/')
    .map(part);
  if (a && compare === 'compare' && b) return h(CompareView, { key: `${a}/${b}`, a, b });
  if (a) return h(TraceView, { key: a, traceId: a });
  return h(ListView, { key: 'list', place });
};

const app = document.getElementById('app');
if (app) render(h(FileIntake, null, h(Page, null)), app);
