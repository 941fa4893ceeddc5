import { isObject, type JsonObject, OtlpError, readList, readObject } from './otlp-json.ts';
import { readAttributes } from './otlp-value.ts';
import type { Attributes } from './trace.ts';

/** One span or line, still as JSON, with what it stands under. */
export interface Grouped {
  json: unknown;
  resource: Attributes;
  scope: string;
  scopeVersion: string;
  /** Where it stands: `resourceSpans[0].scopeSpans[1].spans[2]`. */
  path: string;
}

/** Names of the lists, from the outermost in; where there are several, the first that is there counts. */
export interface Lists {
  resources: readonly string[];
  scopes: readonly string[];
  elements: string;
}

/** `batches` is what Tempo's /api/traces says, the second one of `scopes` what OTLP said before version 0.16. */
export const SPAN_LISTS: Lists = {
  resources: ['resourceSpans', 'batches'],
  scopes: ['scopeSpans', 'instrumentationLibrarySpans'],
  elements: 'spans',
};
export const LINE_LISTS: Lists = {
  resources: ['resourceLogs'],
  scopes: ['scopeLogs', 'instrumentationLibraryLogs'],
  elements: 'logRecords',
};

/** Spans or lines with what they stand under: a request of legal size that has more was made to cost time. */
const MAX_ELEMENTS = 250_000;

/** A whole file may hold any of these; a request to export is one of them, or empty. */
const KNOWN = ['resourceSpans', 'batches', 'resourceLogs', 'resourceMetrics', 'viewer'];

/**
 * The object that has the lists: Tempo's /api/v2/traces wraps it in `trace`.
 * @throws OtlpError when `json` is nothing of OTLP
 */
export const readRoot = (json: unknown): JsonObject => {
  if (!isObject(json)) throw new OtlpError('is not a JSON object with resourceSpans or resourceLogs');
  const root = isObject(json.trace) ? json.trace : json;
  const names = Object.keys(root);
  if (names.length > 0 && !names.some((name) => KNOWN.includes(name)))
    throw new OtlpError('has neither resourceSpans nor resourceLogs, so it is not OTLP');
  return root;
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** @returns name and content of the first list that is there. */
const firstList = (holder: JsonObject, names: readonly string[], path: string): [string, readonly unknown[]] => {
  const name = names.find((known) => holder[known] !== undefined) ?? names[0] ?? '';
  return [`${path}${name}`, readList(holder[name], `${path}${name}`)];
};

/** All spans, or all lines, one after the other. @throws OtlpError when what they stand under is wrong. */
export function* readGroups(root: JsonObject, lists: Lists): Generator<Grouped> {
  let left = MAX_ELEMENTS;
  const count = (list: readonly unknown[]): void => {
    left -= list.length;
    if (left < 0) throw new OtlpError(`has more than ${MAX_ELEMENTS} ${lists.elements}`);
  };
  const [resourcesPath, resources] = firstList(root, lists.resources, '');
  count(resources);
  for (const [r, group] of resources.entries()) {
    const path = `${resourcesPath}[${r}]`;
    const holder = readObject(group, path);
    const resourceJson = readObject(holder.resource, `${path}.resource`);
    const resource = readAttributes(resourceJson.attributes, `${path}.resource.attributes`);
    const [scopesPath, scopes] = firstList(holder, lists.scopes, `${path}.`);
    count(scopes);
    for (const [s, scopeGroup] of scopes.entries()) {
      const scoped = readObject(scopeGroup, `${scopesPath}[${s}]`);
      const scopeJson = scoped.scope ?? scoped.instrumentationLibrary;
      const { name, version } = readObject(scopeJson, `${scopesPath}[${s}].scope`);
      const under = { resource, scope: textOf(name), scopeVersion: textOf(version) };
      const elementsPath = `${scopesPath}[${s}].${lists.elements}`;
      const elements = readList(scoped[lists.elements], elementsPath);
      count(elements);
      for (const [e, json] of elements.entries()) yield { json, ...under, path: `${elementsPath}[${e}]` };
    }
  }
}

/** Elements that were taken, and what is to be said about those that were not. */
export interface Taken<T> {
  taken: T[];
  rejected: number;
  /** About the first that was rejected; undefined when none was. */
  problem: string | undefined;
}

/**
 * Reads each element by itself, so that a bad one does not cost the others.
 * @param read returns undefined for what is left out without a word; throws OtlpError for what is wrong
 */
export const takeEach = <T>(elements: Iterable<Grouped>, read: (element: Grouped) => T | undefined): Taken<T> => {
  const result: Taken<T> = { taken: [], rejected: 0, problem: undefined };
  for (const element of elements) {
    try {
      const one = read(element);
      if (one !== undefined) result.taken.push(one);
    } catch (error) {
      if (!(error instanceof OtlpError)) throw error;
      result.rejected += 1;
      result.problem ??= `${element.path}: ${error.message}`;
    }
  }
  return result;
};
