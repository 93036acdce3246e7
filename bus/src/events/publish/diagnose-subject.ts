import type { Connection } from '../../connection/connection.ts';

/** Why nobody listens to the subject of an event. */
export type Diagnosis =
  /** JetStream is there, and has no stream for the subject. */
  | 'no-stream'
  /** JetStream itself is not there. */
  | 'jetstream-off'
  /** There is a stream, or nobody can say: a leader is being elected, the broker is starting. */
  | 'unclear';

/** Longest wait for JetStream's answer; without one it is unclear. */
const timeoutMs = 2_000;

/** Asks JetStream about a subject whose publishers got 503, which it answers with during elections too. */
export async function diagnoseSubject(connection: Connection, subject: string): Promise<Diagnosis> {
  try {
    const reply = await connection.nats.request('$JS.API.STREAM.NAMES', JSON.stringify({ subject }), {
      timeout: timeoutMs,
    });
    const { streams, error } = reply.json<{ streams?: string[] | null; error?: unknown }>();
    return error !== undefined || (streams ?? []).length > 0 ? 'unclear' : 'no-stream';
  } catch (error) {
    return isNoResponders(error) ? 'jetstream-off' : 'unclear';
  }
}

function isNoResponders(error: unknown): boolean {
  return (
    error instanceof Error &&
    'isNoResponders' in error &&
    typeof error.isNoResponders === 'function' &&
    error.isNoResponders() === true
  );
}
