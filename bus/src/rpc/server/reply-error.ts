import { ConnectError } from '@connectrpc/connect';
import type { Logger } from '../../connection/logger.ts';
import { fault, faultReason } from '../../errors/fault.ts';
import type { ServerCall } from './server-call.ts';

/**
 * What a caller hears of something a handler threw. A ConnectError is the handler's answer and goes out as it is;
 * so does the abort that the bus itself caused. Everything else becomes INTERNAL: its text stays in the log.
 */
export function toReplyError(thrown: unknown, call: ServerCall, log: Logger): ConnectError {
  const method = `${call.service.typeName}/${call.method.name}`;
  if (thrown instanceof ConnectError) {
    if (faultReason(thrown) === 'BAD_RESPONSE') {
      log.error({ err: thrown.cause ?? thrown, method }, 'a handler answered with what cannot be sent');
    }
    return thrown;
  }
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

/** What the handler set as trailer goes with its error, too. */
export function withTrailer(error: ConnectError, trailer: Headers | undefined): ConnectError {
  if (trailer === undefined) return error;
  const carrying = new ConnectError(error.rawMessage, error.code, error.metadata);
  carrying.details = error.details;
  for (const [name, value] of trailer) carrying.metadata.append(name, value);
  return carrying;
}
