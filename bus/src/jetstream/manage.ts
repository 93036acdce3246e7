import { Code, ConnectError } from '@connectrpc/connect';
import { JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { Connection } from '../connection/connection.ts';
import { fault } from '../errors/fault.ts';
import { guardedByConnection } from './guarded-by-connection.ts';

/** Error codes of JetStream for what is not there (server/errors.json of nats-server). */
export const streamNotFound = 10059;
export const consumerNotFound = 10014;
export const messageNotFound = 10037;
const jetStreamOffCodes: ReadonlySet<number> = new Set([10076, 10039]);

/** Whether JetStream answered with one of these error codes. */
export function isApiError(error: unknown, ...codes: readonly number[]): error is JetStreamApiError {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}

/**
 * Runs work against JetStream's management API.
 *
 * @throws ConnectError: JETSTREAM_OFF, FAILED_PRECONDITION with JetStream's own words for what it refuses, or
 * UNAVAILABLE when it does not answer. `what` is named in each.
 */
export async function manage<T>(
  connection: Connection,
  what: string,
  work: (manager: JetStreamManager) => Promise<T>,
): Promise<T> {
  return await guardedByConnection(
    connection,
    what,
  )(async () => {
    try {
      return await work(await jetstreamManager(connection.nats, { checkAPI: false }));
    } catch (error) {
      if (isNotEnabled(error)) {
        throw fault('JETSTREAM_OFF', {
          message: `${what}: the broker runs without JetStream, or this account may not use it; start nats-server with -js`,
          fate: 'never-started',
          cause: error,
        });
      }
      // 503 is what JetStream says while it elects a leader.
      if (error instanceof JetStreamApiError && error.status !== 503) {
        throw new ConnectError(
          `${what}: ${error.message}`,
          Code.FailedPrecondition,
          undefined,
          undefined,
          error,
        );
      }
      throw error;
    }
  });
}

function isNotEnabled(error: unknown): boolean {
  return (
    isApiError(error, ...jetStreamOffCodes) ||
    (error instanceof Error && error.name === 'JetStreamNotEnabled')
  );
}
