import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { OpenApiDocument } from '../src/openapi/openapi-document.ts';

/** What the schema of OpenAPI, and the recommended rules of a linter, say against a document. */
export async function openApiProblems(document: OpenApiDocument): Promise<unknown[]> {
  const source = JSON.stringify(document);
  const { valid, errors } = await new Validator().validate(JSON.parse(source));
  const config = await createConfig({
    extends: ['recommended'],
    // The licence of an API is its owner's to name, and the edge does not know it.
    rules: { 'info-license': 'off' },
  });
  const found = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  return [
    ...(valid ? [] : [errors]),
    ...found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
  ];
}
