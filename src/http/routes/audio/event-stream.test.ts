import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { StatusView } from '../../../features/audio/upload-view.ts';
import type { Watcher } from '../../../features/audio/watch-status.ts';
import { eventStream } from './event-stream.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const STATUS = { status: 'processing', stage: 'x'.repeat(1000) } as StatusView;

const open = () => {
  let watcher: Watcher | undefined;
  const stop = vi.fn();
  const stream = eventStream((given) => {
    watcher = given;
    return stop;
  });
  if (!watcher) throw new Error('nobody watches');
  return { stream, watcher, stop };
};

it('says nothing after its end, though nobody has read so far', async () => {
  const { stream, watcher, stop } = open();
  watcher.changed(STATUS);
  watcher.ended();
  watcher.changed(STATUS);
  vi.advanceTimersByTime(3_600_000);
  expect(vi.getTimerCount()).toBe(0);
  expect(stop).toHaveBeenCalled();
  const said = await text(stream);
  expect(said.match(/event: status/g)).toHaveLength(1);
  expect(said).not.toContain('still here');
});

it('ends after a quarter of an hour, also when its client has stopped to read', async () => {
  const { stream, stop } = open();
  vi.advanceTimersByTime(3_600_000);
  expect(stop).toHaveBeenCalledOnce();
  expect((await text(stream)).match(/still here/g)?.length).toBe(59);
});

it('ends well for a client that reads too little', async () => {
  const { stream, watcher, stop } = open();
  for (let i = 0; i < 1000; i += 1) watcher.changed(STATUS);
  expect(stop).toHaveBeenCalledOnce();
  expect((await text(stream)).length).toBeLessThan(70_000);
});
