import { matchesSubject } from '../server/subject-match.ts';

/** A message in a stream. */
export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly head: Uint8Array | undefined;
  readonly body: Uint8Array;
  /** When it was stored, in milliseconds since 1970. */
  readonly timeMs: number;
  /** When it goes by itself, on the same clock; Infinity for never. */
  readonly expiresAtMs: number;
}

/** The messages of a stream, by sequence and by subject. */
export interface MessageLog {
  readonly size: number;
  readonly bytes: number;
  readonly lastSequence: number;
  /** Of the first message that is there; one after the last where there is none. */
  readonly firstSequence: number;
  append(message: Omit<StoredMessage, 'sequence'>): StoredMessage;
  get(sequence: number): StoredMessage | undefined;
  /** Whether it was there. */
  remove(sequence: number): boolean;
  /** The first message at `from` or behind it whose subject one of the patterns names; no patterns name all. */
  next(from: number, patterns: readonly string[]): StoredMessage | undefined;
  lastOf(subject: string): StoredMessage | undefined;
  /** How many there are of one subject. */
  countOf(subject: string): number;
  firstOf(subject: string): StoredMessage | undefined;
  /** In order. */
  values(): Iterable<StoredMessage>;
  /** Subjects that are there. */
  subjects(): Iterable<string>;
}

export function sizeOf({ subject, head, body }: Pick<StoredMessage, 'subject' | 'head' | 'body'>): number {
  return subject.length + (head?.length ?? 0) + body.length;
}

export function createMessageLog(): MessageLog {
  const messages = new Map<number, StoredMessage>();
  const sequences = new Map<string, Set<number>>();
  let bytes = 0;
  let lastSequence = 0;

  const firstSequence = (): number => messages.keys().next().value ?? lastSequence + 1;
  const matches = (message: StoredMessage, patterns: readonly string[]): boolean =>
    patterns.length === 0 || patterns.some((pattern) => matchesSubject(pattern, message.subject));

  return {
    get size() {
      return messages.size;
    },
    get bytes() {
      return bytes;
    },
    get lastSequence() {
      return lastSequence;
    },
    get firstSequence() {
      return firstSequence();
    },
    append(message) {
      const stored = { ...message, sequence: ++lastSequence };
      messages.set(stored.sequence, stored);
      bytes += sizeOf(stored);
      const ofSubject = sequences.get(stored.subject);
      if (ofSubject === undefined) sequences.set(stored.subject, new Set([stored.sequence]));
      else ofSubject.add(stored.sequence);
      return stored;
    },
    get: (sequence) => messages.get(sequence),
    remove(sequence) {
      const message = messages.get(sequence);
      if (message === undefined) return false;
      messages.delete(sequence);
      bytes -= sizeOf(message);
      const ofSubject = sequences.get(message.subject);
      ofSubject?.delete(sequence);
      if (ofSubject?.size === 0) sequences.delete(message.subject);
      return true;
    },
    next(from, patterns) {
      for (let sequence = Math.max(from, firstSequence()); sequence <= lastSequence; sequence++) {
        const message = messages.get(sequence);
        if (message !== undefined && matches(message, patterns)) return message;
      }
      return undefined;
    },
    lastOf(subject) {
      const last = [...(sequences.get(subject) ?? [])].at(-1);
      return last === undefined ? undefined : messages.get(last);
    },
    firstOf(subject) {
      const first = sequences.get(subject)?.values().next().value;
      return first === undefined ? undefined : messages.get(first);
    },
    countOf: (subject) => sequences.get(subject)?.size ?? 0,
    values: () => messages.values(),
    subjects: () => sequences.keys(),
  };
}
