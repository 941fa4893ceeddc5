import { type ComponentChildren, h } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { comparePage } from '../shared/api.ts';
import { OpenFileButton } from '../shared/file-intake.ts';
import { formatCount, formatNumber } from '../shared/format.ts';
import { KeysDialog } from '../shared/keys-dialog.ts';
import { navigate, type Place } from '../shared/router.ts';
import { settings } from '../shared/settings.ts';
import { Announcer } from './announcer.ts';
import { ConnectionNote } from './connection-note.ts';
import { EmptyList } from './empty-list.ts';
import { FilterForm, focusFilter } from './filter-form.ts';
import { type DurationRange, durationRange } from './filter-text.ts';
import { ForgetButton } from './forget-button.ts';
import { Histogram } from './histogram.ts';
import { useListFilter } from './list-filter.ts';
import { listKeys, useListKey } from './list-keys.ts';
import { useLiveList } from './live-list.ts';
import { useSelection } from './selection.ts';
import { SortChoice } from './sort-choice.ts';
import { Statistics } from './statistics.ts';
import { TraceGrid } from './trace-grid.ts';
import { ordered, withinRange, writeSort } from './trace-order.ts';

/** The first page: the last traces, live. */
export const ListView = ({ place }: { place: Place }): ComponentChildren => {
  const filter = useListFilter(place);
  const live = useLiveList(filter.asked);
  const { selected, ...selection } = useSelection(live.list);
  const [keysShown, setKeysShown] = useState(false);
  const [failure, setFailure] = useState<string | undefined>(undefined);

  const { min, max } = durationRange(filter.applied);
  const range: DurationRange = useMemo(() => ({ min, max }), [min, max]);
  const matching = live.list?.traces;
  const { order, setOrder } = filter;
  const traces = useMemo(() => ordered(withinRange(matching ?? [], range), order), [matching, range, order]);
  const held = live.list?.held ?? 0;

  const togglePause = () => live.setPaused(!live.paused);
  const pickRange = (picked: DurationRange) => {
    const same = picked.min === range.min && picked.max === range.max;
    filter.change(same ? { min: undefined, max: undefined } : { min: String(picked.min), max: String(picked.max) });
  };
  const clear = async () => {
    try {
      await live.clear();
      setFailure(undefined);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  const showAll = () => {
    focusFilter();
    filter.reset();
  };
  useEffect(() => {
    document.title = `Traces · ${settings.service}`;
  }, []);
  useListKey('p', togglePause);
  useListKey('?', () => setKeysShown(true));

  const [a, b] = selected;
  const pair = selected.size === 2 && a !== undefined && b !== undefined;
  const refused = live.stream.kind === 'refused' ? live.stream.error : undefined;
  const toggle = (text: string, pressed: boolean, onClick: () => void) =>
    h('button', { type: 'button', 'aria-pressed': pressed, onClick }, text);

  return h(
    'main',
    { class: 'list', 'aria-label': 'Traces' },
    h(
      'header',
      { class: 'list-head' },
      h('h1', null, 'Traces', h('span', { class: 'weak' }, ` ${settings.service}`)),
      h(
        'div',
        { class: 'tools' },
        live.paused && h('span', { class: 'waiting' }, `${live.waiting} new`),
        toggle(live.paused ? 'Resume' : 'Pause', live.paused, togglePause),
        toggle('Errors first', order.errorsFirst, () => setOrder({ ...order, errorsFirst: !order.errorsFirst })),
        h(SortChoice, { order, onOrder: setOrder }),
        selected.size > 0 &&
          h(
            'button',
            { type: 'button', class: 'plain', title: 'Unselect all', onClick: selection.clear },
            `${selected.size} selected ×`,
          ),
        h(
          'button',
          {
            type: 'button',
            disabled: !pair,
            title: 'Select two traces to compare them',
            onClick: () => pair && navigate(comparePage(a, b)),
          },
          'Compare',
        ),
        h(OpenFileButton, null),
        h(ForgetButton, { held, onForget: clear }),
        h('button', { type: 'button', 'aria-label': 'Keys', onClick: () => setKeysShown(true) }, '?'),
      ),
    ),
    h(FilterForm, { text: filter.text, problems: filter.problems, onChange: filter.change, onReset: filter.reset }),
    h(ConnectionNote, { stream: live.stream, onRetry: live.retryNow }),
    (failure ?? refused) && h('p', { class: 'connection error', role: 'alert' }, failure ?? refused?.message),
    h(
      'div',
      { class: 'overview' },
      h(Statistics, { traces, held, note: filter.note }),
      h(Histogram, { traces: matching ?? [], range, onPick: pickRange }),
    ),
    traces.length > 0 || !live.list
      ? h(TraceGrid, {
          traces,
          arrivals: live.arrivals,
          selected,
          onSelect: selection.toggle,
          order,
          onOrder: setOrder,
          find: filter.applied.text,
          resetKey: `${filter.settled} ${writeSort(order)}`,
        })
      : h(EmptyList, { held, onShowAll: showAll }),
    live.list &&
      h(Announcer, {
        text: `${filter.note ? `${filter.note} ` : ''}${formatCount(traces.length, 'trace')} of ${formatNumber(held)}`,
        about: filter.settled,
      }),
    keysShown && h(KeysDialog, { keys: listKeys, onClose: () => setKeysShown(false) }),
  );
};
