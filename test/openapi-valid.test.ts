import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { buildOpenApi } from '../src/http/openapi.ts';
import { routes } from '../src/http/routes/index.ts';

it('is valid by the official schema of OpenAPI 3.1', async () => {
  const document = JSON.parse(JSON.stringify(buildOpenApi(routes, { version: '1.2.3', serverUrl: '/' })));
  expect(await new Validator().validate(document)).toMatchObject({ valid: true });
});
