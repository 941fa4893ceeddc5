/**
 * A cache that may be down: reading then finds nothing and writing does nothing (both are counted and traced,
 * and the log says so at most once a minute), so callers never branch and never catch.
 *
 * Two shapes are all that the product needs, and both cost one round trip an operation.
 */
export interface Cache {
  /** `redis`, or `memory` for the embedded one: `db.system.name` of its spans. */
  readonly system: 'redis' | 'memory';

  /**
   * Reads one entry of a group and the group's generation, at once.
   * @returns `value` is undefined on a miss. `generation` has to be handed to `setInGroup`.
   */
  getFromGroup(namespace: CacheNamespace, group: string, entry: string): Promise<GroupRead>;

  /**
   * Stores one entry, unless the group was invalidated since `generation` was read: what was computed before an
   * invalidation is never stored after it.
   * @param ttlSeconds how long the whole group is kept from now on.
   * @param maxEntries of the group; another one makes room where it is full.
   */
  setInGroup(
    namespace: CacheNamespace,
    group: string,
    entry: string,
    value: string,
    options: SetOptions,
  ): Promise<void>;

  /** Forgets all entries of a group and starts a new generation. */
  invalidateGroup(namespace: CacheNamespace, group: string): Promise<void>;

  /** Answers whether it can be reached, in milliseconds of latency. Throws when it cannot. */
  ping(): Promise<number>;

  close(): Promise<void>;
}

export interface SetOptions {
  ttlSeconds: number;
  maxEntries: number;
  generation: string | undefined;
}

export interface GroupRead {
  value: string | undefined;
  generation: string | undefined;
}

/** Every namespace there is, so that no handler invents a key. `feed:unified` + user id + entry is one key. */
export type CacheNamespace = 'feed:unified' | 'feed:timeline' | 'feed:global' | 'feed:trending';
