/**
 * How long the generation of a group that was invalidated is remembered: longer than any fill takes and any entry
 * lives, so that a fill that began before the invalidation never finds it forgotten.
 */
export const GENERATION_TTL_SECONDS = 24 * 60 * 60;
