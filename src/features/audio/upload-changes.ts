import { EventEmitter } from 'node:events';
import type { Bus } from '../../data/bus.ts';

/** One listener on each bus for all who watch uploads: a bus can be subscribed to, and not be left. */
const hubs = new WeakMap<Bus, EventEmitter>();

const hubOf = (bus: Bus): EventEmitter => {
  const known = hubs.get(bus);
  if (known) return known;
  const hub = new EventEmitter().setMaxListeners(0);
  hubs.set(bus, hub);
  bus.subscribe('upload.changed', (jobId) => hub.emit(jobId));
  return hub;
};

/** Calls `listener` whenever the bus says that a job has changed. @returns how to stop. */
export const onUploadChange = (bus: Bus, jobId: string, listener: () => void): (() => void) => {
  const hub = hubOf(bus);
  hub.on(jobId, listener);
  return () => void hub.off(jobId, listener);
};
