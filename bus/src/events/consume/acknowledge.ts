import type { Connection } from '../../connection/connection.ts';

/** What a consumer says to the broker about one event. */
export interface Acknowledger {
  /** It is handled. */
  ack(ackSubject: string): void;
  /** It shall be delivered again after a while, or at once. */
  nak(ackSubject: string, delayMs: number): void;
  /** It shall not be delivered again. */
  term(ackSubject: string, reason: string): void;
  /** It is being worked on. */
  progress(ackSubject: string): void;
}

const empty = new Uint8Array(0);
const progressBody = Buffer.from('+WPI');
const nakBody = Buffer.from('-NAK');

/**
 * Sends what is said without waiting for an answer. While there is no connection it is dropped: the broker then
 * delivers the event again when its wait is over.
 */
export function createAcknowledger(connection: Connection): Acknowledger {
  const send = (subject: string, body: Uint8Array): void => {
    if (connection.state === 'disconnected' || connection.state === 'closed') return;
    connection.publish(subject, body);
  };
  return {
    // Nothing at all is an acknowledgement too, and the shortest.
    ack: (subject) => send(subject, empty),
    nak: (subject, delayMs) =>
      send(subject, delayMs <= 0 ? nakBody : Buffer.from(`-NAK {"delay":${Math.ceil(delayMs) * 1_000_000}}`)),
    term: (subject, reason) => send(subject, Buffer.from(`+TERM ${reason.slice(0, 200)}`)),
    progress: (subject) => send(subject, progressBody),
  };
}
