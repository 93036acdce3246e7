import type { DescMethod } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { HttpBinding } from '../transcode/http-rule.ts';
import { parsePathTemplate } from '../transcode/path-template.ts';
import { openApiPath } from './path-template-names.ts';

function binding(text: string): HttpBinding {
  const template = parsePathTemplate(text);
  return {
    httpMethod: 'GET',
    template,
    variables: template.variables.map((variable) => ({ variable, fields: [] })),
    body: { kind: 'none' },
    responseField: undefined,
    method: undefined as unknown as DescMethod,
  };
}

describe('openApiPath()', () => {
  it.each([
    ['/v1/orders', '/v1/orders', '/v1/orders'],
    ['/v1/orders/{order_id}', '/v1/orders/{order_id}', '/v1/orders/{}'],
    ['/v1/orders/{order_id}:cancel', '/v1/orders/{order_id}:cancel', '/v1/orders/{}:cancel'],
    ['/v1/{name=shelves/*}', '/v1/shelves/{shelf}', '/v1/shelves/{}'],
    ['/v1/{name=shelves/*/books/*}', '/v1/shelves/{shelf}/books/{book}', '/v1/shelves/{}/books/{}'],
    ['/v1/{name=cities/*/boxes/*}', '/v1/cities/{city}/boxes/{box}', '/v1/cities/{}/boxes/{}'],
    ['/v1/{name=addresses/*}', '/v1/addresses/{address}', '/v1/addresses/{}'],
    ['/v1/{name=*/*}', '/v1/{v1}/{name}', '/v1/{}/{}'],
    ['/v1/files/{file.path=**}', '/v1/files/{file.path}', '/v1/files/{}'],
    ['/v1/{name=files/**}', '/v1/files/{file}', '/v1/files/{}'],
    ['/v1/*/x/{a}', '/v1/{v1}/x/{a}', '/v1/{}/x/{}'],
    ['/{a}/*', '/{a}/{wildcard}', '/{}/{}'],
    ['/a%20b/{x}', '/a%20b/{x}', '/a%20b/{}'],
  ])('of %s is %s', (template, text, shape) => {
    expect(openApiPath(binding(template))).toMatchObject({ text, shape });
  });

  it('tells which variable a parameter belongs to, and whether it is all of it', () => {
    const { parameters } = openApiPath(binding('/v1/{name=shelves/*/books/*}/{page}/{rest=**}'));
    expect(
      parameters.map(({ bound, isWhole, isOpen }) => [bound?.variable.fieldPath.join('.'), isWhole, isOpen]),
    ).toEqual([
      ['name', false, false],
      ['name', false, false],
      ['page', true, false],
      ['rest', true, true],
    ]);
  });

  it('takes the names of a binding that came first', () => {
    expect(openApiPath(binding('/v1/sinks/{sink.text}'), ['text']).text).toBe('/v1/sinks/{text}');
  });

  it('gives two parameters of one name different ones', () => {
    expect(openApiPath(binding('/v1/{a=books/*}/{b=books/*}')).text).toBe('/v1/books/{book}/books/{book_2}');
  });
});
