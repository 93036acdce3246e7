import { type DescMethod, type DescService, getOption, hasOption } from '@bufbuild/protobuf';
import type { Duration } from '@bufbuild/protobuf/wkt';
import {
  Authentication as ContractAuthentication,
  method as methodOption,
  type Policy,
  service as serviceOption,
} from '@busline/schemas/busline/policy/v1/options';

/** Whether callers must say who they are: they must, they may, or their credentials are not looked at. */
export type Authentication = 'required' | 'optional' | 'public';

/** What callers must be allowed to do. */
export interface Scopes {
  /** Each of these. */
  readonly allOf: readonly string[];
  /** At least one of these, unless the list is empty. */
  readonly anyOf: readonly string[];
}

/** What a contract says about calls of a method. What is undefined, it leaves to others. */
export interface ContractPolicy {
  readonly authentication: Authentication | undefined;
  readonly scopes: Scopes | undefined;
  readonly rateClass: string | undefined;
  readonly defaultTimeoutMs: number | undefined;
  readonly maxTimeoutMs: number | undefined;
  readonly maxRequestBytes: number | undefined;
}

/** A contract's policy, and what is wrong with it. */
export interface ContractPolicyReading {
  /** Undefined when the option cannot be read at all: then nobody may be let in by it. */
  readonly policy: ContractPolicy | undefined;
  /** What could not be taken as it stands, each as a sentence. What is doubtful is read as the stricter meaning. */
  readonly faults: readonly string[];
}

/** What a name of a rate class or a scope is made of, as far as it can stand in a header field. */
const rateClassShape = /^[A-Za-z0-9_.-]{1,64}$/;
/** RFC 6749, section 3.3: `scope-token`. */
const scopeShape = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Reads the options `busline.policy.v1.method` and `service` of a method. */
export function contractPolicy(method: DescMethod): ContractPolicyReading {
  const faults: string[] = [];
  try {
    const own = hasOption(method, methodOption) ? getOption(method, methodOption) : undefined;
    return { policy: overridePolicy(readPolicy(own, faults), servicePolicy(method.parent, faults)), faults };
  } catch {
    return { policy: undefined, faults: ['the bytes of the option are not a busline.policy.v1.Policy'] };
  }
}

function servicePolicy(service: DescService, faults: string[]): ContractPolicy {
  return readPolicy(
    hasOption(service, serviceOption) ? getOption(service, serviceOption) : undefined,
    faults,
  );
}

/** One policy over another: each field that `own` sets goes before that of `inherited`. */
export function overridePolicy(own: ContractPolicy, inherited: ContractPolicy): ContractPolicy {
  // Who lets strangers in asks nothing of them that the service asks of those it knows.
  const anonymous = own.authentication === 'optional' || own.authentication === 'public';
  return {
    // To ask for scopes is to ask for somebody who can have them.
    authentication: own.authentication ?? (own.scopes !== undefined ? 'required' : inherited.authentication),
    scopes: own.scopes ?? (anonymous ? undefined : inherited.scopes),
    rateClass: own.rateClass ?? inherited.rateClass,
    defaultTimeoutMs: own.defaultTimeoutMs ?? inherited.defaultTimeoutMs,
    maxTimeoutMs: own.maxTimeoutMs ?? inherited.maxTimeoutMs,
    maxRequestBytes: own.maxRequestBytes ?? inherited.maxRequestBytes,
  };
}

/** Reads a policy, wherever it stands. */
export function readPolicy(policy: Policy | undefined, faults: string[]): ContractPolicy {
  let authentication = policy && authenticationOf(policy.authentication, faults);
  const scopes = policy?.scopes && scopesOf(policy.scopes, faults);
  if (scopes !== undefined && authentication !== undefined && authentication !== 'required') {
    faults.push(
      `scopes cannot be asked of callers whose authentication is ${authentication}; it is required`,
    );
    authentication = 'required';
  }
  return {
    authentication,
    scopes,
    rateClass: policy && rateClassOf(policy.rateClass, faults),
    defaultTimeoutMs: policy && durationMs('default_timeout', policy.defaultTimeout, faults),
    maxTimeoutMs: policy && durationMs('max_timeout', policy.maxTimeout, faults),
    maxRequestBytes: policy && bytesOf(policy.maxRequestBytes, faults),
  };
}

function authenticationOf(value: ContractAuthentication, faults: string[]): Authentication | undefined {
  switch (value) {
    case ContractAuthentication.UNSPECIFIED:
      return undefined;
    case ContractAuthentication.REQUIRED:
      return 'required';
    case ContractAuthentication.OPTIONAL:
      return 'optional';
    case ContractAuthentication.PUBLIC:
      return 'public';
    default:
      faults.push(`authentication ${String(value)} is not known here; it is required`);
      return 'required';
  }
}

function scopesOf({ allOf, anyOf }: Scopes, faults: string[]): Scopes {
  for (const scope of [...allOf, ...anyOf]) {
    if (!scopeShape.test(scope)) faults.push(`scope ${JSON.stringify(scope)} is one that no token can hold`);
  }
  return { allOf: [...allOf], anyOf: [...anyOf] };
}

function rateClassOf(name: string, faults: string[]): string | undefined {
  if (name === '') return undefined;
  if (rateClassShape.test(name)) return name;
  faults.push(`rate_class ${JSON.stringify(name)} must be at most 64 letters, digits, "-", "_" and "."`);
  return undefined;
}

function durationMs(field: string, duration: Duration | undefined, faults: string[]): number | undefined {
  if (duration === undefined) return undefined;
  const ms = Number(duration.seconds) * 1000 + duration.nanos / 1e6;
  if (ms >= 1) return ms;
  faults.push(`${field} must be at least a millisecond`);
  return undefined;
}

function bytesOf(bytes: bigint | undefined, faults: string[]): number | undefined {
  if (bytes === undefined) return undefined;
  if (bytes > 0n) return Number(bytes);
  faults.push('max_request_bytes must be above 0');
  return undefined;
}
