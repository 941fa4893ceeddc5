import { expect, test } from 'vitest';
import { isOnThisMachine, urlOnThisMachine } from './local-url.ts';

test.each([
  ['127.0.0.1', true, 'http://127.0.0.1:9464'],
  ['127.1.2.3', true, 'http://127.1.2.3:9464'],
  ['localhost', true, 'http://localhost:9464'],
  ['::1', true, 'http://[::1]:9464'],
  ['0.0.0.0', true, 'http://127.0.0.1:9464'],
  ['::', true, 'http://127.0.0.1:9464'],
  ['10.0.0.5', false, 'http://10.0.0.5:9464'],
  ['fd00::5', false, 'http://[fd00::5]:9464'],
  ['api', false, 'http://api:9464'],
])('what listens on %s', (host, here, url) => {
  expect(isOnThisMachine(host)).toBe(here);
  expect(urlOnThisMachine(host, 9464)).toBe(url);
});
