import { createHash } from 'node:crypto';
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import type { Connection } from '../connection/connection.ts';
import { guardedByConnection } from '../jetstream/guarded-by-connection.ts';

/** What became of a change that may have been made before. */
export interface ChangedOnce<S extends DescMessage> {
  /** The value that stands now; undefined when there is none. */
  readonly value: MessageShape<S> | undefined;
  /** Whether the cause was known already, so that nothing was changed. */
  readonly repeated: boolean;
}

/** Changes a key for a cause that may come again; see `Store.updateOnce`. */
export type UpdateOnce<S extends DescMessage> = (
  key: string,
  cause: string,
  change: (current: MessageShape<S> | undefined) => MessageShape<S>,
) => Promise<ChangedOnce<S>>;

/**
 * Causes remembered per key. A cause is forgotten after as many others have changed the same key. When the leader of a
 * cluster was killed, more than 64 events of one key came again; nine bytes each make 512 affordable.
 */
export const causesKept = 512;

/** Header of an entry that names what changed it, the newest last: the marks of the causes, separated by spaces. */
const causesField = 'bl-causes';
/** Characters of a mark, 6 bits each: two of 512 causes are alike once in 10^9 keys. */
const markLength = 8;
/** JetStream's code for a compare-and-set that lost. */
const wrongLastSequence = 10071;
const maxAttempts = 50;

export function createUpdateOnce<S extends DescMessage>(
  connection: Connection,
  { bucket, schema, what }: { readonly bucket: string; readonly schema: S; readonly what: string },
): UpdateOnce<S> {
  const guarded = guardedByConnection(connection, what);
  const js = jetstream(connection.nats);
  const stream = `KV_${bucket}`;

  const read = (subject: string) =>
    guarded(async () => {
      const manager = await jetstreamManager(connection.nats, { checkAPI: false });
      return await manager.direct.getMessage(stream, { last_by_subj: subject });
    });
  const write = (
    subject: string,
    body: Uint8Array,
    { causes, revision }: { causes: string[]; revision: number },
  ) =>
    guarded(async () => {
      const head = headers();
      head.set(causesField, causes.join(' '));
      try {
        await js.publish(subject, body, { headers: head, expect: { lastSubjectSequence: revision } });
        return true;
      } catch (error) {
        if (error instanceof JetStreamApiError && error.code === wrongLastSequence) return false;
        throw error;
      }
    });

  return async (key, cause, change) => {
    const subject = `$KV.${bucket}.${key}`;
    const mark = createHash('sha256').update(cause).digest('base64url').slice(0, markLength);
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const stored = await read(subject);
      // A deleted key has an entry without a value.
      const there = stored !== null && stored.header.get('KV-Operation') === '';
      const current = there ? (fromBinary(schema, stored.data) as MessageShape<S>) : undefined;
      const causes = there
        ? stored.header
            .get(causesField)
            .split(' ')
            .filter((known) => known !== '')
        : [];
      if (causes.includes(mark)) return { value: current, repeated: true };
      const value = change(current);
      const kept = [...causes, mark].slice(-causesKept);
      if (await write(subject, toBinary(schema, value), { causes: kept, revision: stored?.seq ?? 0 })) {
        return { value, repeated: false };
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 ** Math.min(attempt, 6)));
    }
    throw new ConnectError(`${bucket}: "${key}" is being changed by others; try again`, Code.Aborted);
  };
}
