import { describe, expect, it } from 'vitest';
import type { MethodRecord } from '../method-record.ts';
import { documentSecurity } from './document-security.ts';

const record = (authentication: string, scopes: { allOf?: string[]; anyOf?: string[] } = {}) =>
  ({ policy: { authentication, scopes: { allOf: [], anyOf: [], ...scopes } } }) as unknown as MethodRecord;
const both = documentSecurity({ tokens: true, apiKeys: true });

describe('documentSecurity()', () => {
  it('has a scheme for each kind of credentials that is taken', () => {
    expect(Object.keys(both.schemes)).toEqual(['bearer', 'apiKey']);
    expect(documentSecurity({ tokens: false, apiKeys: true }).schemes).toEqual({
      apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
    });
  });

  it.each([
    ['a public method', record('public'), []],
    ['one that asks', record('required'), [{ bearer: [] }, { apiKey: [] }]],
    ['one that does not insist', record('optional'), [{}, { bearer: [] }, { apiKey: [] }]],
    [
      'one with scopes',
      record('required', { allOf: ['a', 'b'] }),
      [{ bearer: ['a', 'b'] }, { apiKey: ['a', 'b'] }],
    ],
    [
      'one that takes any of several scopes besides another',
      record('required', { allOf: ['a'], anyOf: ['x', 'y'] }),
      [{ bearer: ['a', 'x'] }, { apiKey: ['a', 'x'] }, { bearer: ['a', 'y'] }, { apiKey: ['a', 'y'] }],
    ],
  ])('says what %s takes', (_, method, requirements) => {
    expect(both.requirementsOf(method)).toEqual(requirements);
  });

  it('asks for nothing where no credentials are known', () => {
    expect(documentSecurity({ tokens: false, apiKeys: false }).requirementsOf(record('required'))).toEqual(
      [],
    );
  });
});
