import { create, toBinary } from '@bufbuild/protobuf';
import { MethodOptionsSchema } from '@bufbuild/protobuf/wkt';
import { Authentication } from '@busline/schemas/busline/policy/v1/options';
import { describe, expect, it } from 'vitest';
import { contractPolicy } from './contract-policy.ts';
import { describedBy, methodWith, type PolicyInit } from './testing/method-with.ts';

const nothing = {
  authentication: undefined,
  scopes: undefined,
  rateClass: undefined,
  defaultTimeoutMs: undefined,
  maxTimeoutMs: undefined,
  maxRequestBytes: undefined,
};

describe('contractPolicy()', () => {
  it('says nothing where the contract says nothing', () => {
    expect(contractPolicy(methodWith(undefined))).toEqual({ policy: nothing, faults: [] });
    expect(contractPolicy(methodWith({}, {}))).toEqual({ policy: nothing, faults: [] });
  });

  it('reads every field', () => {
    const policy: PolicyInit = {
      authentication: Authentication.REQUIRED,
      scopes: { allOf: ['orders:read'], anyOf: ['admin', 'staff'] },
      rateClass: 'search',
      defaultTimeout: { seconds: 2n, nanos: 500_000_000 },
      maxTimeout: { seconds: 30n },
      maxRequestBytes: 1024n,
    };
    const expected = {
      authentication: 'required',
      scopes: { allOf: ['orders:read'], anyOf: ['admin', 'staff'] },
      rateClass: 'search',
      defaultTimeoutMs: 2500,
      maxTimeoutMs: 30_000,
      maxRequestBytes: 1024,
    };
    expect(contractPolicy(methodWith(policy))).toEqual({ policy: expected, faults: [] });
    expect(contractPolicy(methodWith(undefined, policy))).toEqual({ policy: expected, faults: [] });
  });

  it.each<[what: string, own: PolicyInit, inherited: PolicyInit, expected: object]>([
    [
      'the method goes before the service, field by field',
      { rateClass: 'write' },
      { rateClass: 'read', maxRequestBytes: 10n },
      { rateClass: 'write', maxRequestBytes: 10 },
    ],
    [
      'scopes are replaced as a whole',
      { scopes: { allOf: ['b'] } },
      { scopes: { allOf: ['a'], anyOf: ['c'] } },
      { authentication: 'required', scopes: { allOf: ['b'], anyOf: [] } },
    ],
    [
      'empty scopes take back those of the service',
      { scopes: {} },
      { scopes: { allOf: ['a'] } },
      { authentication: 'required', scopes: { allOf: [], anyOf: [] } },
    ],
    [
      'a public method of a service with scopes asks for none',
      { authentication: Authentication.PUBLIC },
      { authentication: Authentication.REQUIRED, scopes: { allOf: ['a'] } },
      { authentication: 'public' },
    ],
    [
      'an optional one neither',
      { authentication: Authentication.OPTIONAL },
      { scopes: { allOf: ['a'] } },
      { authentication: 'optional' },
    ],
    [
      'scopes of a method in a public service ask for authentication',
      { scopes: { anyOf: ['a'] } },
      { authentication: Authentication.PUBLIC },
      { authentication: 'required', scopes: { allOf: [], anyOf: ['a'] } },
    ],
  ])('%s', (_, own, inherited, expected) => {
    expect(contractPolicy(methodWith(own, inherited))).toEqual({
      policy: { ...nothing, ...expected },
      faults: [],
    });
  });

  it.each<[policy: PolicyInit, expected: object, fault: RegExp]>([
    [
      { authentication: Authentication.PUBLIC, scopes: { allOf: ['a'] } },
      { authentication: 'required', scopes: { allOf: ['a'], anyOf: [] } },
      /^scopes cannot be asked of callers whose authentication is public/,
    ],
    [
      { authentication: 9 as Authentication },
      { authentication: 'required' },
      /^authentication 9 is not known/,
    ],
    [
      { scopes: { allOf: ['a b'] } },
      { authentication: 'required', scopes: { allOf: ['a b'], anyOf: [] } },
      /^scope "a b" is one that no token can hold/,
    ],
    [{ rateClass: 'a/b' }, {}, /^rate_class "a\/b" must be/],
    [{ defaultTimeout: { seconds: -1n } }, {}, /^default_timeout must be at least a millisecond/],
    [{ maxTimeout: {} }, {}, /^max_timeout must be at least a millisecond/],
    [{ maxRequestBytes: 0n }, {}, /^max_request_bytes must be above 0/],
  ])('takes the stricter meaning and says so, case %#', (policy, expected, fault) => {
    expect(contractPolicy(methodWith(policy))).toEqual({
      policy: { ...nothing, ...expected },
      faults: [expect.stringMatching(fault)],
    });
  });

  it('gives no policy for an option that cannot be read', () => {
    const options = create(MethodOptionsSchema);
    options.$unknown = [{ no: 50620, wireType: 2, data: Uint8Array.of(3, 0x12, 0x7f, 0x00) }];
    expect(toBinary(MethodOptionsSchema, options)).toHaveLength(7);
    expect(contractPolicy(describedBy(options))).toEqual({
      policy: undefined,
      faults: ['the bytes of the option are not a busline.policy.v1.Policy'],
    });
  });
});
