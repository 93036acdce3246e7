import { Code, ConnectError } from '@connectrpc/connect';
import { JetStreamApiError } from '@nats-io/jetstream';
import type { Connection } from '../connection/connection.ts';

/**
 * Runs work against JetStream, but no longer than the connection lives: the client itself would wait for its own
 * timeout. Makes JetStream's errors ConnectError UNAVAILABLE naming `what`; a ConnectError, and whatever a user's
 * function threw, passes.
 */
export function guardedByConnection(
  connection: Connection,
  what: string,
): <T>(work: () => Promise<T>) => Promise<T> {
  const unreachable = (cause: unknown): ConnectError =>
    new ConnectError(`${what} cannot be reached now`, Code.Unavailable, undefined, undefined, cause);
  return async (work) => {
    if (connection.state === 'disconnected' || connection.state === 'closed') throw unreachable(undefined);
    const broken = Promise.withResolvers<never>();
    const stopListening = connection.onStateChange((state) => {
      if (state === 'disconnected') broken.reject(unreachable(undefined));
    });
    try {
      return await Promise.race([work(), broken.promise]);
    } catch (error) {
      if (error instanceof JetStreamApiError || isClientError(error)) throw unreachable(error);
      throw error;
    } finally {
      stopListening();
    }
  };
}

/** Names of the client's own errors: it exports no class that they all share. */
const clientErrors: ReadonlySet<string> = new Set([
  'TimeoutError',
  'RequestError',
  'NoRespondersError',
  'ClosedConnectionError',
  'DrainingConnectionError',
  'JetStreamNotEnabled',
  'JetStreamError',
]);

function isClientError(error: unknown): boolean {
  return error instanceof Error && clientErrors.has(error.name);
}
