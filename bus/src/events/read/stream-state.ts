import { Code, ConnectError } from '@connectrpc/connect';
import type { Connection } from '../../connection/connection.ts';
import { fault } from '../../errors/fault.ts';
import { isApiError, manage, streamNotFound } from '../../jetstream/manage.ts';

/** What a stream holds now. */
export interface StreamState {
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** When the stream was made: another time is another stream. */
  readonly created: string;
  readonly subjects: readonly string[];
}

/**
 * Asks the leader of a stream what it holds.
 *
 * @throws ConnectError NO_STREAM, FAILED_PRECONDITION when the stream cannot be read directly, or as `manage` says.
 */
export async function streamState(connection: Connection, stream: string): Promise<StreamState> {
  const { state, created, config } = await manage(connection, `stream ${stream}`, async (manager) => {
    try {
      return await manager.streams.info(stream);
    } catch (error) {
      if (!isApiError(error, streamNotFound)) throw error;
      throw fault('NO_STREAM', {
        message: `there is no stream ${stream} to read; apply the contracts with "npm run events -- apply"`,
        fate: 'never-started',
        facts: { stream },
      });
    }
  });
  if (config.allow_direct !== true && config.mirror_direct !== true) {
    throw new ConnectError(
      `stream ${stream} does not let itself be read without a consumer; give it allow_direct, as "npm run events -- apply" does for streams of events`,
      Code.FailedPrecondition,
    );
  }
  return {
    firstSequence: state.first_seq,
    lastSequence: state.last_seq,
    created,
    subjects: config.subjects ?? [],
  };
}
