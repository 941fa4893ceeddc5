import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The product as `npm start` starts it, on free ports and in a folder that goes with it. */
export interface Product {
  url: string;
  /** Of the metrics port, where the viewer is. */
  viewerUrl: string;
  dataDir: string;
  stop(): Promise<void>;
}

interface Ready {
  message?: string;
  url?: string;
  metrics_url?: string;
}

const parse = (line: string): Ready => {
  try {
    return JSON.parse(line) as Ready;
  } catch {
    return {};
  }
};

/** Starts it with a small world in it. @throws Error with its last words when it ends before it is ready. */
export const startProduct = async (): Promise<Product> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sidechain-screenshots-'));
  const child = spawn(process.execPath, ['--import', './src/telemetry/register.ts', 'src/main.ts'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'development',
      DATA_DIR: dataDir,
      PORT: '0',
      METRICS_PORT: '0',
      LOG_FILE: 'none',
      LOG_FORMAT: 'json',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  };
  let last = '';
  const ready = new Promise<Ready>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      last = line;
      const said = parse(line);
      if (said.message === 'ready') resolve(said);
    });
    child.once('exit', () => reject(new Error(`the product did not start: ${last}`)));
  });
  try {
    const { url = '', metrics_url: viewerUrl = '' } = await ready;
    return { url, viewerUrl, dataDir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
