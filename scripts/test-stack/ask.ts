import type { z } from 'zod';
import { Failure } from './failure.ts';
import type { Service } from './services.ts';

const TIMEOUT_MS = 15_000;

/** The innermost reason why there was no answer: fetch itself says "fetch failed" of everything. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error instanceof Error && error.cause !== undefined) return reasonOf(error.cause);
  return error instanceof Error ? error.message || error.name : String(error);
};

/** @throws Failure when nobody answers, or with something else than 200. */
export const askText = async (
  service: Service,
  path: string,
  parameters: Readonly<Record<string, string | number>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const url = new URL(`${service.url}${path}`);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value));
  const query = String(parameters.query ?? parameters.q ?? `GET ${url}`);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    text = await response.text();
  } catch (error) {
    throw new Failure(`${service.title} does not answer any more (${service.url}: ${reasonOf(error)})`, { query });
  }
  if (response.ok) return text;
  const refused = response.status >= 400 && response.status < 500 && response.status !== 429;
  throw new Failure(`${service.title} answered ${response.status}`, { query, answer: text, final: refused });
};

/** @throws Failure as `askText`, and when the answer has another form. */
export const ask = async <T>(
  service: Service,
  form: z.ZodType<T>,
  path: string,
  parameters: Readonly<Record<string, string | number>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<T> => {
  const text = await askText(service, path, parameters, { accept: 'application/json', ...headers });
  const query = String(parameters.query ?? parameters.q ?? `GET ${service.url}${path}`);
  try {
    return form.parse(JSON.parse(text));
  } catch (error) {
    throw new Failure(`${service.title}: not the answer that was expected: ${(error as Error).message}`, {
      query,
      answer: text,
    });
  }
};
