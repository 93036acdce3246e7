import { expect, it } from 'vitest';
import { readCredentials } from './credentials.ts';

it.each([
  [undefined, undefined, { kind: 'none' }],
  ['Bearer abc.def-_~+/=', undefined, { kind: 'bearer', token: 'abc.def-_~+/=' }],
  ['bearer   abc ', undefined, { kind: 'bearer', token: 'abc' }],
  ['ApiKey k:1', undefined, { kind: 'api-key', key: 'k:1' }],
  ['apikey k', undefined, { kind: 'api-key', key: 'k' }],
  [undefined, 'k', { kind: 'api-key', key: 'k' }],
  ['Bearer a', 'k', { kind: 'several' }],
])('%j and %j are %j', (authorization, apiKey, credentials) => {
  expect(readCredentials(authorization, apiKey)).toEqual(credentials);
});

it.each([
  ['Bearer', undefined],
  ['Bearer ', undefined],
  ['Bearer a b', undefined],
  ['Bearer a, Bearer b', undefined],
  ['Basic dTpw', undefined],
  ['ApiKey', undefined],
  ['', undefined],
  [undefined, ''],
  [undefined, 'a, b'],
])('%j and %j are malformed', (authorization, apiKey) => {
  expect(readCredentials(authorization, apiKey).kind).toBe('malformed');
});
