/**
 * Every name that the product gives to a span, a span attribute, an event or a metric. A test holds what receivers get
 * against this list, so a name that is not here does not ship.
 *
 * Attributes of the OpenTelemetry semantic conventions stand here too: the list says which of them are used.
 */

/** Names of INTERNAL spans. A `*` stands for a word of a closed set. */
export const SPAN_NAMES = [
  'feed.get',
  'feed.source *',
  'feed.hydrate',
  'feed.rank',
  'feed.refresh_trending',
] as const;
