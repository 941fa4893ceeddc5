let base: string | undefined;

/**
 * Says where traces can be looked at: called once the metrics port listens, in development.
 * @param url such as `http://127.0.0.1:9464`, without a slash at its end; undefined: nowhere.
 */
export const setTraceLinkBase = (url: string | undefined): void => {
  base = url;
};

/** The address of the viewer's page of one trace; undefined where there is no viewer. */
export const traceLink = (traceId: string): string | undefined =>
  base === undefined ? undefined : `${base}/traces/${traceId}`;
