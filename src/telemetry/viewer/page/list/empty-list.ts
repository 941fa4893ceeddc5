import { type ComponentChildren, h } from 'preact';
import { settings } from '../shared/settings.ts';

/** What stands in place of the table: how to get a trace, or how to see those that are hidden. */
export const EmptyList = ({ held }: { held: number }): ComponentChildren =>
  held > 0
    ? h('div', { class: 'empty' }, h('p', null, 'No trace matches this filter.'))
    : h(
        'div',
        { class: 'empty' },
        h(
          'p',
          null,
          `No traces yet. Make a request to ${settings.service}, and it shows up here${settings.api ? ':' : '.'}`,
        ),
        settings.api && h('pre', null, `curl ${settings.api}/api/v1/feed/trending`),
        h('p', { class: 'weak' }, 'Any program can send its spans and log lines too, as OTLP over HTTP:'),
        h('pre', null, `OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}`),
        h('p', { class: 'weak' }, 'Or drop a file of OTLP JSON on this page.'),
      );
