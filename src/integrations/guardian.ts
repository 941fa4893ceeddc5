import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface GuardedOptions {
  command: string;
  args: readonly string[];
  /** Signals in the order in which they are tried to end it, 20 seconds apart. */
  signals: readonly [first: 'INT' | 'TERM' | 'KILL', second: 'QUIT' | 'KILL'];
  /** File descriptor for all that it writes. */
  output: number | 'ignore';
  account?: { uid?: number; gid?: number };
  env?: NodeJS.ProcessEnv;
}

/**
 * A shell of 1 MB that holds the reading end of a pipe. When the pipe closes, because we want the server to stop or because
 * we are dead of whatever cause, kill -9 included, it ends the server.
 */
const script = ([first, second]: GuardedOptions['signals']): string => `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{
  read -r _ <&3
  kill -${first} $server
  n=0
  while [ $n -lt 20 ] && kill -0 $server; do sleep 1; n=$((n+1)); done
  kill -${second} $server
} 2>/dev/null &
watch=$!
exec 3<&-
wait $server
status=$?
kill $watch 2>/dev/null
exit $status
`;

export const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/**
 * Starts a server that never outlives this process. It gets a session of its own, so that Ctrl-C does not reach it before those who use it
 * are done, and it does not keep this process from ending.
 */
export const spawnGuarded = ({ command, args, signals, output, account = {}, env }: GuardedOptions): ChildProcess => {
  const child = spawn('/bin/sh', ['-c', script(signals), 'guardian', command, ...args], {
    ...account,
    cwd: '/',
    detached: true,
    stdio: ['pipe', output, output],
    ...(env && { env }),
  });
  child.stdin?.on('error', () => {});
  child.unref();
  (child.stdin as Socket | null)?.unref();
  return child;
};

/**
 * Asks it to end, and waits until it has.
 * @throws when it has not after 30 seconds.
 */
export const endGuarded = async (child: ChildProcess): Promise<void> => {
  if (hasEnded(child)) return;
  const giveUp = new AbortController();
  const ended = once(child, 'exit', { signal: giveUp.signal });
  child.ref();
  child.stdin?.end();
  const inTime = await Promise.race([
    ended.then(
      () => true,
      () => false,
    ),
    sleep(30_000, false, { signal: giveUp.signal }).catch(() => false),
  ]);
  giveUp.abort();
  if (!inTime) throw new Error(`process ${child.pid} did not end within 30 s`);
};
