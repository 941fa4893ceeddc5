import { S3Client } from '@aws-sdk/client-s3';
import type { S3Place } from './s3-failure.ts';

/** Milliseconds. */
export interface S3Timeouts {
  /** To be connected. */
  connect: number;
  /** From the request to the beginning of the answer. */
  answer: number;
  /** The same when a part of 5 MiB is sent, or put together with the others. */
  transfer: number;
  /** Without a byte of an object, while one is wanted. */
  idle: number;
}

export const S3_TIMEOUTS: S3Timeouts = { connect: 5000, answer: 15_000, transfer: 60_000, idle: 30_000 };

const ATTEMPTS = 3;

export interface S3Options {
  bucket: string;
  /** None: Amazon's own, in `region`. */
  endpoint?: string | undefined;
  region: string;
  /** None: as the SDK finds them. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
  forcePathStyle: boolean;
  timeouts?: Partial<S3Timeouts> | undefined;
  /** Objects that the server lists at once. */
  pageSize?: number | undefined;
}

/** What goes with each request to the SDK. */
interface RequestOptions {
  abortSignal: AbortSignal;
  requestTimeout: number;
}

type Request<T> = (client: S3Client, options: RequestOptions) => Promise<T>;

/** Host and port of the server, for people: never with what else an address may hold. */
export const s3Server = ({
  endpoint,
  region,
}: Pick<S3Options, 'endpoint' | 'region'>): { host: string; port: number } => {
  if (endpoint === undefined) return { host: `s3.${region}.amazonaws.com`, port: 443 };
  const { hostname, port, protocol } = new URL(endpoint);
  return { host: hostname, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
};

/** The SDK with every time bounded: a server that hangs holds nobody for ever. */
export class S3Connection {
  readonly bucket: string;
  readonly pageSize: number;
  readonly timeouts: S3Timeouts;
  readonly place: S3Place;
  readonly #client: S3Client;
  readonly #closing = new AbortController();

  constructor({ bucket, endpoint, region, credentials, forcePathStyle, timeouts, pageSize = 1000 }: S3Options) {
    this.bucket = bucket;
    this.pageSize = pageSize;
    this.timeouts = { ...S3_TIMEOUTS, ...timeouts };
    const { host, port } = s3Server({ endpoint, region });
    this.place = {
      bucket,
      server: `${host}:${port}`,
      secrets: credentials ? [credentials.secretAccessKey, credentials.accessKeyId] : [],
    };
    this.#client = new S3Client({
      region,
      forcePathStyle,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
      maxAttempts: ATTEMPTS,
      retryMode: 'standard',
      defaultsMode: 'standard',
      // Many servers but Amazon's do not know the newer checksums. Signatures hold what is sent all the same.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // The SDK opens a connection of its own for each request that waits for 100 Continue.
      expectContinueHeader: false,
      requestHandler: {
        connectionTimeout: this.timeouts.connect,
        throwOnRequestTimeout: true,
        // Else 50 listeners who paused would hold every socket.
        httpAgent: { maxSockets: Number.POSITIVE_INFINITY },
        httpsAgent: { maxSockets: Number.POSITIVE_INFINITY },
      },
    });
  }

  /** Sends a request whose answer is small. @throws what the SDK throws */
  send<T>(request: Request<T>): Promise<T> {
    return this.#bounded(request, this.timeouts.answer);
  }

  /** Sends a part, or asks for more than a moment's work. @throws what the SDK throws */
  transfer<T>(request: Request<T>, signal?: AbortSignal): Promise<T> {
    return this.#bounded(request, this.timeouts.transfer, signal);
  }

  /** Asks for an object. Only the beginning of the answer has a time: how fast it is read is the reader's choice. */
  open<T>(request: Request<T>): Promise<T> {
    return request(this.#client, { abortSignal: this.#closing.signal, requestTimeout: this.timeouts.answer });
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Ends what is running, and closes the connections. */
  close(): void {
    this.#closing.abort();
    this.#client.destroy();
  }

  /** The SDK bounds the time to the first byte of an answer; this bounds the rest, and all attempts together. */
  #bounded<T>(request: Request<T>, requestTimeout: number, signal?: AbortSignal): Promise<T> {
    const overall = AbortSignal.timeout((ATTEMPTS + 1) * (this.timeouts.connect + requestTimeout));
    const abortSignal = AbortSignal.any([this.#closing.signal, overall, ...(signal ? [signal] : [])]);
    return request(this.#client, { abortSignal, requestTimeout });
  }
}
