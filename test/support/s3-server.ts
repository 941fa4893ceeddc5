import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Way } from './programs.ts';
import { command, run, type TestServer, temporaryFolder, wayOf } from './servers.ts';

/** Who the tests are to the S3 server, their own or the one that TEST_S3_URL names. */
export const S3_ACCOUNT = {
  accessKeyId: process.env.TEST_S3_ACCESS_KEY_ID ?? 'testkey',
  secretAccessKey: process.env.TEST_S3_SECRET_ACCESS_KEY ?? 'testsecret12345',
};

/** Bucket that every server of ours has from its start. */
const FIRST_BUCKET = 'first';

export interface S3TestServer extends TestServer {
  /** Start another with the same when this one is stopped: it has the same address and the same objects. */
  place: { folder: string; ports: readonly number[] };
}

/** The SDK itself, for what tests look at from outside. */
export const s3Client = (url = process.env.TEST_S3_URL): S3Client =>
  new S3Client({
    ...(url === undefined ? {} : { endpoint: url }),
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: S3_ACCOUNT,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
  });

/** Different ports: all are held until the last is known. */
const freePorts = async (count: number): Promise<number[]> => {
  const servers: Server[] = [];
  for (let n = 0; n < count; n += 1) {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    servers.push(server);
  }
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};

/** Its port is open some time before it can store anything. */
const waitUntilItStores = async (url: string): Promise<void> => {
  const client = s3Client(url);
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: FIRST_BUCKET })).catch((error: Error) => {
        if (!error.name.startsWith('Bucket')) throw error;
      });
      await client.send(new PutObjectCommand({ Bucket: FIRST_BUCKET, Key: 'probe', Body: 'x' }));
      await client.send(new DeleteObjectCommand({ Bucket: FIRST_BUCKET, Key: 'probe' }));
      client.destroy();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
};

/**
 * SeaweedFS with all its services in one process, none of which is on a fixed port or tells anyone of itself.
 * It is killed in the end: shutting down by itself takes it 15 seconds.
 */
export const startS3 = async ({
  way = wayOf('s3'),
  place,
}: {
  way?: Way;
  place?: S3TestServer['place'];
} = {}): Promise<S3TestServer> => {
  const { folder, ports } = place ?? { folder: temporaryFolder('s3'), ports: await freePorts(8) };
  const [port = 0, s3Grpc, master, masterGrpc, volume, volumeGrpc, filer, filerGrpc] = ports;
  const accounts = join(folder, 's3.json');
  const { accessKeyId, secretAccessKey } = S3_ACCOUNT;
  const credentials = [{ accessKey: accessKeyId, secretKey: secretAccessKey }];
  const actions = ['Admin', 'Read', 'Write', 'List'];
  writeFileSync(accounts, JSON.stringify({ identities: [{ name: 'test', credentials, actions }] }), { mode: 0o600 });
  const args = [
    ...['-logtostderr=true', 'server', `-dir=${folder}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1'],
    ...[`-master.port=${master}`, `-master.port.grpc=${masterGrpc}`, '-master.telemetry=false', '-master.peers=none'],
    ...['-master.volumeSizeLimitMB=64', '-master.electionTimeout=1s', '-master.resumeState=false'],
    ...[`-volume.port=${volume}`, `-volume.port.grpc=${volumeGrpc}`, '-volume.max=200', '-volume.minFreeSpace=10MiB'],
    ...['-filer', `-filer.port=${filer}`, `-filer.port.grpc=${filerGrpc}`, `-filer.localSocket=${folder}/filer.sock`],
    ...['-s3', `-s3.port=${port}`, `-s3.port.grpc=${s3Grpc}`, `-s3.localSocket=${folder}/s3.sock`],
    ...[`-s3.config=${accounts}`, '-s3.port.iceberg=0', '-s3.port.lance=0', '-s3.autoCreateBucket=false'],
  ];
  const url = `http://127.0.0.1:${port}`;
  const asCommand = command(way, args, ['--user', 'root', '-v', `${folder}:${folder}`]);
  // Killing the client of a container would leave the container.
  const signal = 'image' in way ? 'TERM' : 'KILL';
  const server = await run({ name: 'SeaweedFS', port, url, folder, signal, ...asCommand });
  const stop = async (): Promise<void> => {
    await server.stop();
    for (const [name, grpc] of Object.entries({
      s3: s3Grpc,
      master: masterGrpc,
      volume: volumeGrpc,
      filer: filerGrpc,
    })) {
      rmSync(`/tmp/seaweedfs-${name}-grpc-${grpc}.sock`, { force: true });
    }
  };
  try {
    await waitUntilItStores(url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...server, stop, place: { folder, ports } };
};
