import type { Config } from '../../config/index.ts';
import { AppError } from '../../errors.ts';
import { HttpRefusal } from '../http-refusal.ts';

/** For whom a form waits: for the client to send, for us to take what came, or for nobody, and then it never ends. */
export type WaitsFor = 'client' | 'us' | 'nobody';

const seconds = (milliseconds: number): string => `${milliseconds / 1000} s`;

/** How long a form may take, and how long its client may send nothing. */
export class Patience {
  readonly #whole: NodeJS.Timeout;
  readonly #idle: NodeJS.Timeout;

  constructor(
    timeouts: Pick<Config, 'UPLOAD_TIMEOUT' | 'UPLOAD_IDLE_TIMEOUT'>,
    giveUp: (error: AppError) => void,
    waitsFor: () => WaitsFor,
  ) {
    const { UPLOAD_TIMEOUT: whole, UPLOAD_IDLE_TIMEOUT: idle } = timeouts;
    this.#whole = setTimeout(() => {
      giveUp(new HttpRefusal(408, 'BAD_REQUEST', `the upload took longer than ${seconds(whole)}`));
    }, whole);
    this.#idle = setTimeout(() => {
      const reason = waitsFor();
      // It is our storage that is slow: the client cannot send because we do not read.
      if (reason === 'us') this.#idle.refresh();
      else if (reason === 'client')
        giveUp(new HttpRefusal(408, 'BAD_REQUEST', `the upload sent nothing for ${seconds(idle)}`));
      else giveUp(new AppError('BAD_REQUEST', 'the form could not be read'));
    }, idle);
  }

  somethingCame(): void {
    this.#idle.refresh();
  }

  end(): void {
    clearTimeout(this.#whole);
    clearTimeout(this.#idle);
  }
}
