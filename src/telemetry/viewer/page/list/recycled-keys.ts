import { useRef } from 'preact/hooks';

/**
 * Keys for rows that come and go while a list scrolls: a row that stays keeps its key, one that comes takes that of one that
 * went, and with it its elements. Changing their text costs half of making them anew.
 *
 * Rows have to stand in the document in the order of their keys. Then none ever moves there, as with `inSlots`.
 * @param ids of the rows that are drawn, each once
 * @returns the key of each
 */
export const useRecycledKeys = (ids: readonly string[]): ReadonlyMap<string, number> => {
  const last = useRef<ReadonlyMap<string, number>>(new Map());
  const next = new Map<string, number>();
  for (const id of ids) {
    const key = last.current.get(id);
    if (key !== undefined) next.set(id, key);
  }
  const taken = new Set(next.values());
  const free = [...last.current.values()].filter((key) => !taken.has(key)).sort((a, b) => b - a);
  let unused = Math.max(-1, ...last.current.values()) + 1;
  for (const id of ids) if (!next.has(id)) next.set(id, free.pop() ?? unused++);
  last.current = next;
  return next;
};
