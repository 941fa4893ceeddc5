import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  pid: number;
  parent: number;
  command: readonly string[];
  /** Ticks of processor time, its ended children's included: utime, stime, cutime, cstime. */
  times: number;
}

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

const processes = (): Process[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = read(`/proc/${name}/stat`);
      if (stat === undefined) return [];
      // From behind the name, which may hold spaces and brackets: proc_pid_stat(5), fields 3, 4, ...
      const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // Ended, and only waiting for its parent to take note.
      if (state === 'Z') return [];
      const times = rest.slice(9, 13).reduce((total, ticks) => total + Number(ticks), 0);
      const command = (read(`/proc/${name}/cmdline`) ?? '').split('\0');
      return [{ pid: Number(name), parent: Number(parent), command, times }];
    });

/** A page that several processes share counts once in all: PSS gives each of them its share. */
const proportionalBytes = (pid: number): number => {
  const rollup = read(`/proc/${pid}/smaps_rollup`);
  const kilobytes = rollup && /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
  if (!kilobytes)
    throw new Error(`the memory of process ${pid} cannot be read: run it as the user who owns it, or as root`);
  return Number(kilobytes) * 1024;
};

export interface Memory {
  /** The process that was asked for, in bytes. */
  own: number;
  /** All that it started. */
  descendants: number;
  /** What is between it and the process that was started. */
  ancestors: number;
}

const treeOf = (root: number, all: readonly Process[] = processes()): Process[] =>
  all.filter(({ pid }) => pid === root).concat(descendantsOf(root, all));

const descendantsOf = (pid: number, all: readonly Process[]): Process[] =>
  all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...descendantsOf(child.pid, all)]);

/** What a process has started, and what those have. It knows nothing outside of Linux. */
export const pidsOfTree = (root: number): number[] =>
  process.platform === 'linux' ? treeOf(root).map(({ pid }) => pid) : [root];

/** Linux counts in ticks of 10 ms whatever the kernel's own clock: USER_HZ in time(7). */
const TICKS_PER_SECOND = 100;

/** Processor time of a process tree so far, in seconds, with that of children that have ended. */
export const cpuSeconds = (root: number): number =>
  treeOf(root).reduce((total, { times }) => total + times, 0) / TICKS_PER_SECOND;

/**
 * Memory of a process tree, split at the process whose command line holds `argument`.
 * @param root the process that was started
 */
export const measureMemory = (root: number, argument: string): Memory => {
  const all = processes();
  const tree = treeOf(root, all);
  const owner = tree.find(({ command }) => command.includes(argument));
  if (!owner) throw new Error(`process ${root} started nothing with ${argument}`);
  const sum = (some: readonly Process[]): number => some.reduce((total, { pid }) => total + proportionalBytes(pid), 0);
  const below = descendantsOf(owner.pid, all);
  const above = tree.filter((one) => one !== owner && !below.includes(one));
  return { own: sum([owner]), descendants: sum(below), ancestors: sum(above) };
};

/** Memory of a process tree, in bytes. A process that ends meanwhile has none. */
export const treeBytes = (root: number): number =>
  treeOf(root).reduce((total, { pid }) => {
    try {
      return total + proportionalBytes(pid);
    } catch {
      return total;
    }
  }, 0);
