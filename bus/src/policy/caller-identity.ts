import { type ContextKey, createContextKey, type HandlerContext } from '@connectrpc/connect';
import type { Identity } from './identity.ts';

/** Where a call's context values hold the identity of its caller: for tests of handlers, which may set it. */
export const identityKey: ContextKey<Identity | undefined> = createContextKey<Identity | undefined>(
  undefined,
  { description: 'the verified identity of the caller' },
);

/**
 * Who makes the call, as the edge has verified it; also where the call comes from a handler that was called by it.
 * Undefined for a call without credentials, and for one that did not begin at an edge.
 *
 * It is as trustworthy as those who may publish to the method's subject (docs/security.md).
 *
 * @param context of the handler; an interceptor passes `{ values: request.contextValues }`
 */
export function identity(context: Pick<HandlerContext, 'values'>): Identity | undefined {
  return context.values.get(identityKey);
}
