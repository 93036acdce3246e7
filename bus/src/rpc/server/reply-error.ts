import { ConnectError } from '@connectrpc/connect';
import type { Logger } from '../../connection/logger.ts';
import { fault } from '../../errors/fault.ts';
import type { ServerCall } from './server-call.ts';

/**
 * What a caller hears of something a handler threw. A ConnectError is the handler's answer and goes out as it is;
 * so does the abort that the bus itself caused. Everything else becomes INTERNAL: its text stays in the log.
 */
export function toReplyError(thrown: unknown, call: ServerCall, log: Logger): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  const method = `${call.service.typeName}/${call.method.name}`;
  log.error(
    { err: thrown, method, traceparent: call.traceparent },
    'a handler failed with an unexpected error',
  );
  return fault('HANDLER_FAILED', {
    message: `${method}: the handler failed unexpectedly`,
    facts: { method },
    cause: thrown,
  });
}
