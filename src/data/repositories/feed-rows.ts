/** What a caller narrows a feed to. */
export interface FeedFilters {
  /** Lower case, as posts have it. */
  genre?: string | undefined;
  /** Any of these: the spellings of one key. */
  keys?: readonly string[] | undefined;
  /** In any case. */
  daw?: string | undefined;
  bpmMin?: number | undefined;
  bpmMax?: number | undefined;
}

/** The skeleton of a post: what ranking needs and no more. */
export interface Candidate {
  id: string;
  /** Order of publication. */
  seq: number;
  /** Milliseconds since 1970. */
  createdAt: number;
  likeCount: number;
  playCount: number;
  /** Whether the viewer followed its author, or was its author, when the snapshot was taken: the stream it belongs to. */
  followed: boolean;
}

/** The moment that a paging through a feed began at, and all that has to be known to see who was followed then. */
export interface Snapshot {
  /** Milliseconds since 1970, by the database's clock. */
  at: number;
  /** Posts published later are not in this snapshot. */
  maxSeq: number;
  /** The follows as of this moment (milliseconds), a little before `at`, with the changes until `at` beside it. */
  followsAt: number;
  /** Followed at `at`, not yet at `followsAt`. */
  followed: readonly string[];
  /** Followed at `followsAt`, no longer at `at`. */
  unfollowed: readonly string[];
}

/** How far a stream of posts, newest first, has been shown: all from `mark` upwards but the holes. */
export interface Progress {
  mark: number;
  /** Seqs at or above the mark that have not been shown. */
  holes: readonly number[];
}

/** What has been shown of a snapshot. */
export interface FeedPosition {
  snapshot: Snapshot;
  /** Posts by people followed when the snapshot was taken, and the viewer's own. */
  followed: Progress;
  /** All other posts. */
  others: Progress;
  /** Seqs shown through trending or the recommender, below the mark of their stream. */
  extras: readonly number[];
}

/** The next stretch of a stream. */
export interface Stretch {
  /** Those of the holes that can still be seen, and what follows below the mark. */
  posts: Candidate[];
  /** How far down the stream was read: the next mark. */
  mark: number;
  /** Whether anything may lie below that. */
  more: boolean;
}
