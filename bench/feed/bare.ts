import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** An answer of the product, as the bare server repeats it. */
export interface Answer {
  headers: Record<string, string>;
  body: string;
}

export interface BareServer {
  pid: number;
  url: string;
  stop(): Promise<void>;
}

/** Starts the bare server as a process of its own. `file` holds the statements, or the answer. */
export const startBare = async (mode: 'sql' | 'memory', file: string, databaseUrl = ''): Promise<BareServer> => {
  const program = fileURLToPath(new URL('bare-server.ts', import.meta.url));
  const child = spawn(process.execPath, [program, mode, file, databaseUrl], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [url] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(() => {
      throw new Error('the bare server has ended');
    }),
  ])) as [string];
  return {
    pid: child.pid ?? 0,
    url,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
};
