import type { FormContract, RouteContract } from '../contract.ts';
import type { JsonSchema, SchemaCollection } from './schemas.ts';

/** What a route takes as its body: JSON, a form with a file, or nothing. */
export const requestBodyOf = ({ body, form }: RouteContract, schemas: SchemaCollection): { requestBody?: object } => {
  if (form) {
    return { requestBody: { required: true, content: { 'multipart/form-data': formOf(form, schemas) } } };
  }
  if (!body) return {};
  return {
    requestBody: {
      required: !body.safeParse({}).success,
      content: { 'application/json': { schema: schemas.schemaOf(body, 'input') } },
    },
  };
};

/** OpenAPI 3.1 says bytes by `contentMediaType`; tools of before know `format: binary`. */
const formOf = ({ fields, file }: FormContract, schemas: SchemaCollection): object => {
  const { properties, required = [] } = schemas.resolved(schemas.schemaOf(fields, 'input')) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return {
    schema: {
      type: 'object',
      required: [file.name, ...required],
      properties: {
        [file.name]: {
          type: 'string',
          format: 'binary',
          contentMediaType: 'application/octet-stream',
          description: file.description,
        },
        ...properties,
      },
      additionalProperties: false,
    },
    encoding: { [file.name]: { contentType: 'application/octet-stream' } },
  };
};
