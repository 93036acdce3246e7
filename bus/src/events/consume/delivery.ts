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

/** Reads the subject of an acknowledgement; undefined for any other subject. */
export type DeliveryReader = (ackSubject: string) => Delivery | undefined;

/** The tokens that are the same for all deliveries of a durable. */
interface Origin {
  /** All of them, with the dot behind. */
  readonly prefix: string;
  readonly stream: string;
  readonly durable: string;
}

/**
 * Makes a reader of the subjects of acknowledgements (ADR-15 and ADR-53 of NATS):
 *
 *     $JS.ACK.<stream>.<durable>.<count>.<sequence>.<consumer sequence>.<time ns>.<pending>
 *     $JS.ACK.<domain>.<account>.<stream>.<durable>.<count>.<sequence>.<consumer sequence>.<time ns>.<pending>[.…]
 *
 * It remembers where the last one came from, since nearly all come from there: reading one then costs 0.1 µs instead of 0.34.
 */
export function createDeliveryReader(): DeliveryReader {
  let last: Origin | undefined;
  return (ackSubject) => {
    if (last === undefined || !ackSubject.startsWith(last.prefix)) {
      last = readOrigin(ackSubject);
      if (last === undefined) return undefined;
    }
    const { prefix, stream, durable } = last;
    const countEnd = ackSubject.indexOf('.', prefix.length);
    const sequenceEnd = ackSubject.indexOf('.', countEnd + 1);
    const consumerSequenceEnd = ackSubject.indexOf('.', sequenceEnd + 1);
    const timeEnd = ackSubject.indexOf('.', consumerSequenceEnd + 1);
    const next = ackSubject.indexOf('.', timeEnd + 1);
    const count = numberIn(ackSubject, prefix.length, countEnd);
    const sequence = numberIn(ackSubject, countEnd + 1, sequenceEnd);
    // Microseconds would not fit beside nanoseconds into a number; milliseconds are what a Date holds.
    const storedAtMs = numberIn(ackSubject, consumerSequenceEnd + 1, timeEnd - 6);
    const pending = numberIn(ackSubject, timeEnd + 1, next < 0 ? ackSubject.length : next);
    if (Number.isNaN(count + sequence + storedAtMs + pending)) return undefined;
    return { stream, durable, count, sequence, storedAtMs, pending };
  };
}

function readOrigin(ackSubject: string): Origin | undefined {
  if (!ackSubject.startsWith('$JS.ACK.')) return undefined;
  const tokens = ackSubject.split('.');
  const at = tokens.length === 9 ? 2 : 4;
  if (tokens.length < at + 7 || (at === 4 && tokens.length < 11)) return undefined;
  return {
    prefix: `${tokens.slice(0, at + 2).join('.')}.`,
    stream: tokens[at] as string,
    durable: tokens[at + 1] as string,
  };
}

/** The number between two places of a text; NaN where there is none. */
function numberIn(text: string, start: number, end: number): number {
  if (end <= start) return Number.NaN;
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}
