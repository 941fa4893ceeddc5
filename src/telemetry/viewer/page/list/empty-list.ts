import { type ComponentChildren, h } from 'preact';
import { CopyButton } from '../shared/copy-button.ts';
import { settings } from '../shared/settings.ts';

const ShellLine = ({ what, line }: { what: string; line: string }): ComponentChildren =>
  h('div', { class: 'shell-line' }, h('pre', null, line), h(CopyButton, { what, text: line }));

/** What stands in place of the table: how to get a trace, or how to see those that are hidden. */
export const EmptyList = ({ held, onShowAll }: { held: number; onShowAll: () => void }): ComponentChildren =>
  held > 0
    ? h(
        'div',
        { class: 'empty' },
        h('p', null, 'No trace matches this filter.'),
        h('button', { type: 'button', onClick: onShowAll }, 'Show all'),
      )
    : h(
        'div',
        { class: 'empty' },
        h(
          'p',
          null,
          `No traces yet. Make a request to ${settings.service}, and it shows up here${settings.api ? ':' : '.'}`,
        ),
        settings.api && h(ShellLine, { what: 'the request', line: `curl ${settings.api}/api/v1/feed/trending` }),
        h('p', { class: 'weak' }, 'Any program can send its spans and log lines too, as OTLP over HTTP:'),
        h(ShellLine, { what: 'the setting', line: `OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}` }),
        h('p', { class: 'weak' }, 'Or drop a file of OTLP JSON on this page.'),
      );
