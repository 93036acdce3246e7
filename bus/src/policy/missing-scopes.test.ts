import { expect, it } from 'vitest';
import type { Identity } from './identity.ts';
import { missingScopes } from './missing-scopes.ts';

const withScopes = (...scopes: string[]): Identity => ({ subject: 'ada', issuer: 'x', scopes });

it.each<[allOf: string[], anyOf: string[], identity: Identity | undefined, missing: string[]]>([
  [[], [], undefined, []],
  [['a', 'b'], [], withScopes('b', 'a', 'c'), []],
  [['a', 'b'], [], withScopes('a'), ['b']],
  [['a'], [], undefined, ['a']],
  [[], ['a', 'b'], withScopes('b'), []],
  [[], ['a', 'b'], withScopes('c'), ['a', 'b']],
  [['a'], ['b', 'c'], withScopes('b'), ['a']],
  [['a'], ['b', 'c'], withScopes('a'), ['b', 'c']],
  // No scope is part of another.
  [['orders'], [], withScopes('orders:read', 'order'), ['orders']],
])('of all %j and any %j, %o lacks %j', (allOf, anyOf, identity, missing) => {
  expect(missingScopes({ allOf, anyOf }, identity)).toEqual(missing);
});
