import type { DescMethod } from '@bufbuild/protobuf';
import {
  type Authentication,
  type ContractPolicy,
  contractPolicy,
  overridePolicy,
  type Scopes,
} from '@busline/bus';
import type { DeadlineLimits } from '../exchange.ts';
import type { EdgeLimits } from '../limits.ts';
import type { MethodPattern } from './method-pattern.ts';

/** What the edge asks of the callers of one method, and grants them. Worked out once for each contract. */
export interface MethodPolicy {
  readonly authentication: Authentication;
  readonly scopes: Scopes;
  /** Name of a configured rate limit, or `default`, which need not be one. */
  readonly rateClass: string;
  /** Of a call with one answer. */
  readonly deadline: DeadlineLimits;
  /** Of a stream, which has none unless the contract or the configuration gives it one. */
  readonly streamDeadline: {
    readonly defaultMs: number | undefined;
    readonly maxMs: number | undefined;
  };
  /** Largest request message, in bytes. */
  readonly maxRequestBytes: number;
}

/** What the configuration says about the methods of a pattern. */
export interface PolicyRule {
  readonly pattern: MethodPattern;
  readonly policy: ContractPolicy;
}

export interface ResolvedPolicy {
  /** Undefined when nobody can say who may call the method; then nobody may. */
  readonly policy: MethodPolicy | undefined;
  /** What in the contract could not be taken as it stands. */
  readonly faults: readonly string[];
}

export type PolicyResolver = (method: DescMethod) => ResolvedPolicy;

export interface PolicyResolverOptions {
  /** What the contract can only narrow. */
  readonly limits: EdgeLimits;
  readonly rules?: readonly PolicyRule[] | undefined;
  /** Whether anybody may call anything. Default false. */
  readonly open?: boolean | undefined;
  /** Names of the rate limits there are. */
  readonly rateClasses?: ReadonlySet<string> | undefined;
}

/** Rate class of methods that name none. */
export const defaultRateClass = 'default';

/** Services that are public where nobody says otherwise: probes have no credentials, and learn only what is up. */
const publicServices: ReadonlySet<string> = new Set(['grpc.health.v1.Health']);

const noScopes: Scopes = { allOf: [], anyOf: [] };

/**
 * Settles the policy of methods. In this order, field by field: the rules of the configuration, the most particular
 * one first; the method's option; the service's option; the edge's defaults. A contract can narrow the edge's limits, and
 * only the configuration can widen them.
 */
export function createPolicyResolver(options: PolicyResolverOptions): PolicyResolver {
  const { limits, open = false, rateClasses = new Set() } = options;
  const rules = [...(options.rules ?? [])].sort((a, b) => a.pattern.rank - b.pattern.rank);

  return (method) => {
    const { policy: contract, faults: contractFaults } = contractPolicy(method);
    if (contract === undefined) return { policy: undefined, faults: contractFaults };
    const faults = [...contractFaults];
    const { name, parent } = method;
    const ruled = rules.filter(({ pattern }) => pattern.matches(parent.typeName, name));
    const under = (inherited: ContractPolicy): ContractPolicy =>
      ruled.reduce((policy, rule) => overridePolicy(rule.policy, policy), inherited);
    const policy = under(narrowed(contract, limits));
    const standard: Authentication = publicServices.has(parent.typeName) ? 'public' : 'required';
    const { authentication = standard, scopes = noScopes } = policy;
    const { maxTimeoutMs = limits.deadline.maxMs, maxRequestBytes = limits.maxBodyBytes } = policy;
    const stated = under(contract);
    return {
      policy: {
        authentication: open && authentication === 'required' ? 'optional' : authentication,
        scopes: open ? noScopes : scopes,
        rateClass: rateClassOf(policy.rateClass, faults),
        deadline: {
          defaultMs: Math.min(policy.defaultTimeoutMs ?? limits.deadline.defaultMs, maxTimeoutMs),
          maxMs: maxTimeoutMs,
        },
        streamDeadline: { defaultMs: stated.defaultTimeoutMs, maxMs: stated.maxTimeoutMs },
        maxRequestBytes,
      },
      faults,
    };
  };

  function rateClassOf(name: string | undefined, faults: string[]): string {
    if (name === undefined || rateClasses.size === 0) return defaultRateClass;
    if (rateClasses.has(name)) return name;
    faults.push(
      `rate class "${name}" is not configured at this edge; calls count against "${defaultRateClass}"`,
    );
    return defaultRateClass;
  }
}

function narrowed(contract: ContractPolicy, limits: EdgeLimits): ContractPolicy {
  return {
    ...contract,
    maxTimeoutMs: Math.min(contract.maxTimeoutMs ?? limits.deadline.maxMs, limits.deadline.maxMs),
    maxRequestBytes: Math.min(contract.maxRequestBytes ?? limits.maxBodyBytes, limits.maxBodyBytes),
  };
}
