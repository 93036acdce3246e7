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

/**
 * What the handler set as metadata goes with its error, too: as Connect has it, a client sees header and trailer of a
 * failed call in `ConnectError.metadata`.
 */
export function withMetadata(error: ConnectError, ...given: readonly (Headers | undefined)[]): ConnectError {
  if (given.every((metadata) => metadata === undefined)) return error;
  const carrying = new ConnectError(error.rawMessage, error.code, error.metadata);
  carrying.details = error.details;
  for (const metadata of given) {
    for (const [name, value] of metadata ?? []) carrying.metadata.append(name, value);
  }
  return carrying;
}
