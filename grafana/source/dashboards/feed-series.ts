import { rate, SERVICE } from '../kit/promql.ts';

export const PAGES = 'feed_generation_duration_seconds';
export const SOURCES = 'feed_source_duration_seconds';
export const CHOSEN = `${SERVICE}, feed_type=~"$feed_type"`;
/** Sources serve more than one kind of feed, so they have no feed_type. */
export const ALL = SERVICE;
export const pages = (labels: string, ...by: string[]): string => rate(`${PAGES}_count`, labels, ...by);
export const sources = (labels: string, ...by: string[]): string => rate(`${SOURCES}_count`, labels, ...by);
