import { describe, expect, it } from 'vitest';
import { headerAttributes, readAttributes } from './event-attributes.ts';

describe('headerAttributes()', () => {
  it('reads what stands in ce- fields, percent-encoded, and passes over what the contract says', () => {
    const header = new Headers({
      'ce-id': 'a%20b',
      'ce-specversion': '1.0',
      'ce-source': '/shop',
      'ce-time': '2026-11-30T12:00:00Z',
      'ce-place': 'K%C3%B6ln',
      'ce-dataschema': 'x',
      'content-type': 'application/json',
    });
    expect(headerAttributes(header)).toEqual({
      id: 'a b',
      source: '/shop',
      type: undefined,
      time: new Date('2026-11-30T12:00:00Z'),
      others: { place: 'Köln' },
    });
  });

  it('refuses what is not percent-encoded', () => {
    expect(() => headerAttributes(new Headers({ 'ce-id': '%zz' }))).toThrow('ce-id is not percent-encoded');
  });
});

describe('readAttributes()', () => {
  it.each<[name: string, value: string, why: string]>([
    ['id', '', 'must not be empty'],
    ['specversion', '0.3', 'only 1.0'],
    ['time', 'yesterday', 'RFC 3339'],
    ['authid', 'ada', 'set by the edge'],
    ['Bad-Name', 'x', 'lower-case letters and digits'],
    ['long', 'x'.repeat(5000), 'at most 32 attributes'],
  ])('refuses %s: %j', (name, value, why) => {
    expect(() => readAttributes([[name, value]])).toThrow(why);
  });
});
