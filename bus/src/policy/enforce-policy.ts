import type { DescMethod } from '@bufbuild/protobuf';
import type { ConnectError, Interceptor } from '@connectrpc/connect';
import { fault } from '../errors/fault.ts';
import { identity } from './caller-identity.ts';
import { contractPolicy, type Scopes } from './contract-policy.ts';
import type { Identity } from './identity.ts';
import { missingScopes } from './missing-scopes.ts';

/**
 * Holds callers to the contract at the worker too: `implement(Service, handlers, { interceptors: [enforcePolicy()] })`.
 * For services that are not to rely on an edge having looked: then calls that began on the bus, without an identity, reach
 * only what the contract calls public or optional. Limits are not looked at, nor what the configuration of an edge says.
 *
 * Its errors: NOT_AUTHENTICATED (UNAUTHENTICATED), NOT_AUTHORIZED (PERMISSION_DENIED).
 */
export function enforcePolicy(): Interceptor {
  const guards = new WeakMap<DescMethod, Guard>();
  return (next) => (request) => {
    let guard = guards.get(request.method);
    if (guard === undefined) {
      guard = guardOf(request.method);
      guards.set(request.method, guard);
    }
    const refusal = guard(identity({ values: request.contextValues }));
    if (refusal !== undefined) throw refusal;
    return next(request);
  };
}

type Guard = (caller: Identity | undefined) => ConnectError | undefined;

const noScopes: Scopes = { allOf: [], anyOf: [] };

function guardOf(method: DescMethod): Guard {
  const name = `${method.parent.typeName}/${method.name}`;
  const { policy } = contractPolicy(method);
  if (policy === undefined) return () => notAuthorized(name, 'its policy cannot be read');
  const { authentication = 'required', scopes = noScopes } = policy;
  return (caller) => {
    if (caller === undefined) return authentication === 'required' ? notAuthenticated(name) : undefined;
    const missing = missingScopes(scopes, caller);
    return missing.length === 0 ? undefined : notAuthorized(name, `the caller lacks ${missing.join(' ')}`);
  };
}

function notAuthenticated(name: string): ConnectError {
  const message = `${name}: the call carries no identity, and the contract asks for one`;
  return fault('NOT_AUTHENTICATED', { message, facts: { method: name } });
}

function notAuthorized(name: string, why: string): ConnectError {
  return fault('NOT_AUTHORIZED', { message: `${name}: ${why}`, facts: { method: name } });
}
