import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../src/data/database.ts';
import { type HttpServer, startHttpServer } from '../../src/http/server.ts';
import { LocalStorage } from '../../src/integrations/storage/local-storage.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';
import { BOUNDARY, formOf, type Part, type RawAnswer, RawClient } from './multipart.ts';

/** The application on a socket, with a storage whose folder can be looked into. No worker runs: jobs stay pending. */
export interface AudioApp {
  test: TestApp;
  server: HttpServer;
  url: string;
  alice: TestUser;
  bob: TestUser;
  storage: LocalStorage;
  db: Database;
  /** All files that lie in the storage, those in the making too. */
  stored(): string[];
  /** Waits until nothing lies in the storage. @returns what lies there still after two seconds */
  storedInTheEnd(): Promise<string[]>;
  uploads(): Promise<number>;
  /** Sends a form over a socket of its own. */
  send(body: Uint8Array, options?: SendOptions): Promise<RawAnswer>;
  sendParts(parts: readonly Part[], options?: SendOptions): Promise<RawAnswer>;
  client(): RawClient;
  close(): Promise<void>;
}

export interface SendOptions {
  headers?: readonly string[];
  contentType?: string;
  user?: TestUser;
}

export const UPLOAD = '/api/v1/audio/upload';
export const FORM = `multipart/form-data; boundary=${BOUNDARY}`;

/** Sends a form over a socket of its own. */
export const sendForm = async (
  port: number,
  token: string,
  body: Uint8Array,
  { headers = [], contentType = FORM }: Omit<SendOptions, 'user'> = {},
): Promise<RawAnswer> => {
  const client = new RawClient(port);
  const type = contentType === '' ? [] : [`Content-Type: ${contentType}`];
  void client.head(UPLOAD, [`Authorization: Bearer ${token}`, ...type, `Content-Length: ${body.length}`, ...headers]);
  void client.write(body);
  try {
    return await client.answer();
  } finally {
    client.socket.destroy();
  }
};

/** @param env variables that differ from the defaults */
export const startAudioApp = async (env: Record<string, string> = {}, bodyTimeout?: number): Promise<AudioApp> => {
  const test = await startTestApp(env);
  const folder = mkdtempSync(join(tmpdir(), 'sidechain-http-audio-'));
  const storage = await LocalStorage.open(folder);
  test.ctx.storage = storage;
  const server = await startHttpServer(test.app, '127.0.0.1', 0, bodyTimeout);
  const [alice, bob] = [await test.register('alice'), await test.register('bob')];
  const stored = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const send: AudioApp['send'] = (body, { user = alice, ...options } = {}) =>
    sendForm(server.port, user.token, body, options);
  return {
    test,
    server,
    url: `http://127.0.0.1:${server.port}`,
    alice,
    bob,
    storage,
    db: test.database.db,
    stored,
    storedInTheEnd: async () => {
      for (let waited = 0; waited < 2000 && stored().length > 0; waited += 20) await sleep(20);
      return stored();
    },
    uploads: () => test.database.db.audioUpload.count(),
    send,
    sendParts: (parts, options) => send(formOf(parts), options),
    client: () => new RawClient(server.port),
    close: async () => {
      await server.close(0);
      await test.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
