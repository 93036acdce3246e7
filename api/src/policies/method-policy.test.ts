import type { DescMethod } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildRegistry } from '../../testing/build-registry.ts';
import { defaultLimits } from '../limits.ts';
import { parsePolicies } from './configuration/parse-policies.ts';
import { createPolicyResolver, type MethodPolicy, type PolicyResolverOptions } from './method-policy.ts';

const source = `
syntax = "proto3";
package shop.v1;
import "busline/policy/v1/options.proto";
import "google/protobuf/empty.proto";
service Plain {
  rpc Do(google.protobuf.Empty) returns (google.protobuf.Empty);
}
service Shop {
  option (busline.policy.v1.service) = {scopes: {all_of: "shop"}, rate_class: "read", max_timeout: {seconds: 20}};
  rpc Buy(google.protobuf.Empty) returns (google.protobuf.Empty) {
    option (busline.policy.v1.method) = {
      scopes: {all_of: ["shop", "buy"], any_of: ["eu", "us"]}
      rate_class: "write"
      default_timeout: {seconds: 30}
      max_request_bytes: 1000
    };
  }
  rpc Look(google.protobuf.Empty) returns (google.protobuf.Empty) {
    option (busline.policy.v1.method) = {authentication: AUTHENTICATION_PUBLIC, max_request_bytes: 99999999, max_timeout: {seconds: 7200}};
  }
}`;

let methods: ReadonlyMap<string, DescMethod>;
beforeAll(() => {
  const registry = buildRegistry({ 'shop/v1/shop.proto': source });
  const services = ['shop.v1.Plain', 'shop.v1.Shop'].flatMap(
    (name) => registry.getService(name)?.methods ?? [],
  );
  methods = new Map(services.map((method) => [method.name, method]));
});

const noScopes = { allOf: [], anyOf: [] };
const standard: MethodPolicy = {
  authentication: 'required',
  scopes: noScopes,
  rateClass: 'default',
  deadline: { defaultMs: 10_000, maxMs: 60_000 },
  streamDeadline: { defaultMs: undefined, maxMs: undefined },
  maxRequestBytes: 4 * 1024 * 1024,
};

function policyOf(name: string, options: Partial<PolicyResolverOptions> = {}): MethodPolicy | undefined {
  return createPolicyResolver({ limits: defaultLimits, ...options })(methods.get(name) as DescMethod).policy;
}

const configured = (rules: object): Partial<PolicyResolverOptions> => ({
  rules: parsePolicies({ text: JSON.stringify({ methods: rules }), folder: '.' }, 'authenticated').rules,
});

describe('the policy of a method', () => {
  it('is that of the edge where nobody says anything', () => {
    expect(policyOf('Do')).toEqual(standard);
  });

  it('lets probes in, unless the configuration says otherwise', () => {
    const plain = methods.get('Do') as DescMethod;
    const check: DescMethod = { ...plain, parent: { ...plain.parent, typeName: 'grpc.health.v1.Health' } };
    const resolve = (options: Partial<PolicyResolverOptions>) =>
      createPolicyResolver({ limits: defaultLimits, ...options })(check).policy;
    expect(resolve({})).toEqual({ ...standard, authentication: 'public' });
    expect(resolve(configured({ 'grpc.health.*': { authentication: 'required' } }))).toEqual(standard);
  });

  it('comes from the contract', () => {
    expect(policyOf('Buy', { rateClasses: new Set(['read', 'write']) })).toEqual({
      authentication: 'required',
      scopes: { allOf: ['shop', 'buy'], anyOf: ['eu', 'us'] },
      rateClass: 'write',
      // The default is cut to the longest.
      deadline: { defaultMs: 20_000, maxMs: 20_000 },
      streamDeadline: { defaultMs: 30_000, maxMs: 20_000 },
      maxRequestBytes: 1000,
    });
  });

  it('is narrowed by the contract, and not widened', () => {
    expect(policyOf('Look')).toEqual({
      ...standard,
      authentication: 'public',
      streamDeadline: { defaultMs: undefined, maxMs: 7_200_000 },
    });
  });

  it('is what the configuration says, the most particular rule first and field by field', () => {
    const rules = configured({
      'shop.v1.Shop/Buy': { maxTimeoutMs: 120_000, scopes: { anyOf: ['buyer'] } },
      '*': { maxRequestBytes: 5, authentication: 'required' },
      'shop.v1.Shop': { maxRequestBytes: 10_000_000 },
      'shop.*': { maxRequestBytes: 6, defaultTimeoutMs: 5 },
    });
    expect(policyOf('Buy', rules)).toEqual({
      authentication: 'required',
      scopes: { allOf: [], anyOf: ['buyer'] },
      rateClass: 'default',
      deadline: { defaultMs: 5, maxMs: 120_000 },
      streamDeadline: { defaultMs: 5, maxMs: 120_000 },
      maxRequestBytes: 10_000_000,
    });
    expect(policyOf('Look', rules)).toMatchObject({
      authentication: 'required',
      maxRequestBytes: 10_000_000,
    });
    expect(policyOf('Do', rules)).toMatchObject({ authentication: 'required', maxRequestBytes: 6 });
  });

  it('asks for no scopes where the configuration lets anybody in', () => {
    const rules = configured({ 'shop.v1.*': { authentication: 'public' } });
    expect(policyOf('Buy', rules)).toMatchObject({ authentication: 'public', scopes: noScopes });
  });

  it('of an open edge lets anybody in, and still knows who gives credentials', () => {
    expect(policyOf('Buy', { open: true })).toMatchObject({ authentication: 'optional', scopes: noScopes });
    expect(policyOf('Look', { open: true })).toMatchObject({ authentication: 'public' });
  });

  it('counts calls against the default where a rate class is not configured, and says so', () => {
    const resolve = createPolicyResolver({ limits: defaultLimits, rateClasses: new Set(['read']) });
    expect(resolve(methods.get('Buy') as DescMethod)).toMatchObject({
      policy: { rateClass: 'default' },
      faults: ['rate class "write" is not configured at this edge; calls count against "default"'],
    });
  });
});
