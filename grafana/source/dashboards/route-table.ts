import { ASKED, increase, SERVICE, share } from '../kit/promql.ts';
import { tableRows } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';
import { table } from '../kit/tables.ts';
import { UIDS } from '../kit/uids.ts';

export const REQUESTS = 'http_server_request_duration_seconds';
export const CHOSEN = `${SERVICE}, ${ASKED}, http_route=~"$route"`;
export const FAILED = 'http_response_status_code=~"5.."';

const overRange = (labels: string): string => increase(`${REQUESTS}_count`, labels, 'http_route');
/** Every route with its rate, errors and duration. */
export const routeTable = table({
  title: 'Routes',
  description: 'Every route in the chosen time. Click a route to see it alone.',
  row: {
    label: 'http_route',
    title: 'Route',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in.
    link: { title: 'Only this route', dashboard: UIDS.api, variables: { route: '${__data.fields.Route}' } },
  },
  columns: [
    { title: 'Requests', query: tableRows(overRange(CHOSEN)), unit: UNITS.count },
    {
      title: 'Failed',
      query: tableRows(share(overRange(`${CHOSEN}, ${FAILED}`), overRange(CHOSEN))),
      unit: UNITS.share,
      limits: { warn: 0.001, act: 0.05 },
    },
    {
      title: 'p95',
      query: tableRows(`histogram_quantile(0.95, ${increase(`${REQUESTS}_bucket`, CHOSEN, 'http_route', 'le')})`),
      unit: UNITS.seconds,
      limits: { warn: 0.5, act: 1 },
    },
    {
      title: 'Sent',
      query: tableRows(increase('http_server_response_body_size_bytes_sum', CHOSEN, 'http_route')),
      unit: UNITS.bytes,
    },
  ],
  sortBy: 'Requests',
});
