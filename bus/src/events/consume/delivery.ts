/** What the broker says about one delivery of an event, in the subject that it is acknowledged to. */
export interface Delivery {
  readonly stream: string;
  readonly durable: string;
  /** 1 for the first delivery. */
  readonly count: number;
  /** Place in the stream. */
  readonly sequence: number;
  /** When the broker stored it, in milliseconds since 1970. */
  readonly storedAtMs: number;
  /** Events behind this one that the consumer has not been given yet. */
  readonly pending: number;
}

/**
 * Reads the subject of an acknowledgement (ADR-15 and ADR-53 of NATS); undefined for any other subject:
 *
 *     $JS.ACK.<stream>.<durable>.<count>.<sequence>.<consumer sequence>.<time ns>.<pending>
 *     $JS.ACK.<domain>.<account>.<stream>.<durable>.<count>.<sequence>.<consumer sequence>.<time ns>.<pending>[.…]
 */
export function readDelivery(ackSubject: string): Delivery | undefined {
  if (!ackSubject.startsWith('$JS.ACK.')) return undefined;
  const tokens = ackSubject.split('.');
  const at = tokens.length === 9 ? 2 : 4;
  if (tokens.length < at + 7 || (at === 4 && tokens.length < 11)) return undefined;
  const count = Number(tokens[at + 2]);
  const sequence = Number(tokens[at + 3]);
  const timeNs = tokens[at + 5] as string;
  const pending = Number(tokens[at + 6]);
  if (!Number.isInteger(count) || !Number.isInteger(sequence) || !Number.isInteger(pending)) return undefined;
  return {
    stream: tokens[at] as string,
    durable: tokens[at + 1] as string,
    count,
    sequence,
    // Microseconds would not fit beside nanoseconds into a number; milliseconds are what a Date holds.
    storedAtMs: Number(timeNs.slice(0, -6)),
    pending,
  };
}
