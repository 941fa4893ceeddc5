import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from './ask.ts';
import { Failure } from './failure.ts';
import type { Options, ServiceName } from './services.ts';

const ANSWER_LENGTH = 700;
/** How long somebody who is there but not ready yet may take. */
const READY_SECONDS = 10;

const indented = (words: string): string => words.trim().replaceAll(/^/gm, '         ');

/** Says what is checked, one line each, and counts. */
export class Report {
  readonly #options: Options;
  readonly #missing = new Map<ServiceName, string>();
  readonly #notRun = new Map<ServiceName, number>();
  readonly #failed: string[] = [];
  #passed = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  section(title: string): void {
    console.log(`\n${title}`);
  }

  isThere(name: ServiceName): boolean {
    return !this.#missing.has(name);
  }

  /** Whether everybody is there who has to be. */
  get isComplete(): boolean {
    return [...this.#missing.keys()].every((name) => this.#isExcused(name));
  }

  #isExcused(name: ServiceName): boolean {
    return name === 'grafana' && !this.#options.services.grafana.given;
  }

  /** Asks everybody whether they are there; what needs those who are not is not run. */
  async reach(): Promise<void> {
    this.section('Who is there');
    for (const [key, service] of Object.entries(this.#options.services)) {
      const began = performance.now();
      const reason = await this.#missingBecause(service.url + service.ready);
      if (reason === undefined) {
        this.#line('ok', began, `${service.title} at ${service.url}`);
        this.#passed += 1;
        continue;
      }
      this.#missing.set(key as ServiceName, reason);
      this.#line(
        'gone',
        began,
        `${service.title} at ${service.url} was not reachable: ${reason} (${service.variable} says where it is)`,
      );
    }
  }

  async #missingBecause(url: string): Promise<string | undefined> {
    const end = performance.now() + READY_SECONDS * 1000;
    for (;;) {
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
        const text = await response.text();
        if (response.ok) return undefined;
        if (performance.now() > end) return `it answers ${response.status}: ${text.trim().slice(0, 200)}`;
      } catch (error) {
        return reasonOf(error);
      }
      await sleep(500);
    }
  }

  /**
   * @param needs without any of these it is not run, and the summary says so.
   * @param run returns what to say beside the name.
   * @returns whether it passed.
   */
  async check(name: string, needs: readonly ServiceName[], run: () => Promise<string>): Promise<boolean> {
    const missing = needs.find((need) => this.#missing.has(need));
    if (missing !== undefined) {
      this.#notRun.set(missing, (this.#notRun.get(missing) ?? 0) + 1);
      return false;
    }
    const began = performance.now();
    try {
      const words = await run();
      this.#passed += 1;
      this.#line('ok', began, words === '' ? name : `${name}: ${words}`);
      return true;
    } catch (error) {
      this.#failed.push(name);
      this.#line('FAIL', began, `${name}: ${(error as Error).message}`);
      if (!(error instanceof Failure)) console.log(indented(String((error as Error).stack)));
      else {
        if (error.query !== undefined) console.log(indented(`asked: ${error.query}`));
        if (error.answer !== undefined) console.log(indented(`answer: ${error.answer.slice(0, ANSWER_LENGTH)}`));
      }
      return false;
    }
  }

  #line(verdict: 'ok' | 'FAIL' | 'gone', began: number, words: string): void {
    const seconds = ((performance.now() - began) / 1000).toFixed(2);
    console.log(`${verdict.padEnd(4)} ${seconds.padStart(6)} s  ${words}`);
  }

  /** @returns whether the stack is as it should be. */
  summary(): boolean {
    this.section('Summary');
    console.log(`${this.#passed} passed, ${this.#failed.length} failed`);
    for (const name of this.#failed) console.log(`  failed: ${name}`);
    for (const [name, reason] of this.#missing) {
      const { title, url } = this.#options.services[name];
      const count = this.#notRun.get(name) ?? 0;
      const excused = this.#isExcused(name);
      const words = count === 0 ? 'nothing else was skipped for it' : `${count} checks that need it were not run`;
      console.log(`  not reachable: ${title} (${url}: ${reason}); ${words}${excused ? ', which is no failure' : ''}`);
    }
    if (this.#failed.length > 0 && !this.isComplete)
      console.log('What failed may come of what was not reachable: bring that up first.');
    return this.#failed.length === 0 && this.isComplete;
  }
}
