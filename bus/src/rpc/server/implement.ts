import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  type CompleteServiceOptions,
  completeServiceOptions,
  type ServiceOptions,
} from './service-options.ts';

/** A service with its handlers, ready to be served. */
export interface ServiceBinding {
  readonly service: DescService;
  readonly options: CompleteServiceOptions;
  /** Handler of a method, undefined where there is none. */
  handler(method: DescMethod): Handler | undefined;
}

/** A handler before its types are known again: the descriptor says what goes in and out. */
export type Handler = (request: never, context: never) => unknown;

/**
 * Ties handlers to a service: Connect's `ServiceImpl`, unchanged. A method left out is not subscribed to, so that
 * another worker may serve it; while none does, its callers get UNAVAILABLE (NO_RESPONDERS).
 *
 * @throws TypeError when the implementation holds a function that is no method of the service (a misspelled
 * name would otherwise be noticed by the first caller), or an option cannot be used.
 */
export function implement<S extends DescService>(
  service: S,
  implementation: Partial<ServiceImpl<S>>,
  options: ServiceOptions = {},
): ServiceBinding {
  const handlers = new Map<string, Handler>();
  for (const method of service.methods) {
    const handler = (implementation as Record<string, unknown>)[method.localName];
    if (handler === undefined) continue;
    if (typeof handler !== 'function') {
      throw new TypeError(`${service.typeName}: ${method.localName} must be a function`);
    }
    handlers.set(method.localName, handler.bind(implementation) as Handler);
  }
  for (const [name, value] of Object.entries(implementation)) {
    // A service written as a class may hold its dependencies in fields; functions that match no method are typos.
    if (typeof value === 'function' && !service.methods.some((method) => method.localName === name)) {
      throw new TypeError(`${service.typeName} has no method "${name}"`);
    }
  }
  return {
    service,
    options: completeServiceOptions(service.typeName, options),
    handler: (method) => handlers.get(method.localName),
  };
}
