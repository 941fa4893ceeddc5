import { type FixtureTrace, newTraceId, spanId, type Value } from './otlp.ts';

/** Text that would run as a script, or show a dialog, wherever it is not escaped; `place` says which it was. */
export const evil = (place: string): string =>
  `${place}"'><script>window.ran='${place}';alert('${place}')</script><img src=x onerror="window.ran='${place}'">`;

/** Of every kind of place in which text comes from outside; each place by its own name. */
export const PLACES = {
  list: ['route', 'user', 'feed', 'service'],
  panel: [
    'name',
    'service',
    'scope',
    'attribute-name',
    'attribute-value',
    'array',
    'event',
    'event-attribute',
    'exception-type',
    'exception-message',
    'stack',
    'status',
    'trace-state',
    'sql',
    'table',
    'link-attribute',
    'line',
    'line-field',
    'line-value',
  ],
} as const;

/** A trace with a script in every text; SQL, links and addresses that are no addresses are there too. */
export const hostileTrace = (): FixtureTrace => ({
  traceId: newTraceId(),
  start: Date.now(),
  spans: [
    {
      id: spanId(0),
      name: evil('name'),
      kind: 'server',
      at: 0,
      took: 50,
      service: evil('service'),
      scope: evil('scope'),
      traceState: evil('trace-state'),
      error: evil('status'),
      attributes: {
        'http.request.method': 'GET',
        'http.route': evil('route'),
        'http.response.status_code': 500,
        'user.id': evil('user'),
        'feed.type': evil('feed'),
        [evil('attribute-name')]: evil('attribute-value'),
        list: [evil('array'), { [evil('map-name')]: evil('map-value') }] as readonly Value[],
        // What changes prototypes where names are not looked up with care.
        __proto__x: 'x',
        constructor: 'constructor',
        'url.full': 'javascript:window.ran="url"',
        'a.link': 'https://example.com/elsewhere',
      },
      events: [
        { name: evil('event'), at: 10, attributes: { [evil('event-attribute')]: evil('event-value') } },
        {
          name: 'exception',
          at: 20,
          attributes: {
            'exception.type': evil('exception-type'),
            'exception.message': evil('exception-message'),
            'exception.stacktrace': `${evil('stack')}\n    at ${evil('frame')} (javascript:alert(1))`,
          },
        },
      ],
      links: [
        { traceId: newTraceId(), spanId: spanId(7), attributes: { [evil('link-attribute')]: evil('link-value') } },
      ],
    },
    {
      id: spanId(1),
      parent: spanId(0),
      name: evil('query'),
      kind: 'client',
      at: 5,
      took: 10,
      attributes: {
        'db.system.name': 'postgresql',
        'db.collection.name': evil('table'),
        'db.query.text': `SELECT '${evil('sql')}' FROM posts`,
      },
    },
  ],
  lines: [
    {
      span: spanId(0),
      at: 12,
      severity: 'ERROR',
      message: evil('line'),
      attributes: { [evil('line-field')]: evil('line-value') },
    },
  ],
});
