/**
 * Subjects of events (docs/events.md, "Subjects"):
 *
 *     evt.<package>.<Message>.<partition>.<key>                       an event
 *     rty.<stream>.<consumer>.<package>.<Message>.<partition>.<key>   an event for one consumer once more
 *
 * The partition is the FNV-1a hash (32 bits) of the key's UTF-8 bytes, modulo the partitions of the stream. It is
 * the publisher that writes it, so that consumers can divide a stream among themselves by subject alone.
 */
const eventPrefix = 'evt';
const retryPrefix = 'rty';

/** Stands for the key of an event without one. */
const noKey = '_';

/** Longest key, in bytes of its token: a subject should stay readable, and the broker takes some 4 KiB with all of a line. */
export const maxKeyBytes = 512;

/** What stands before partition and key: `evt.orders.v1.OrderPlaced`. */
export function subjectBase(name: string): string {
  return `${eventPrefix}.${name}`;
}

/** What a base names: `orders.v1.OrderPlaced`. */
export function eventName(base: string): string {
  return base.slice(eventPrefix.length + 1);
}

/** Subject of one event. */
export function eventSubject(base: string, partitions: number, key: string | undefined): string {
  return key === undefined
    ? `${base}.0.${noKey}`
    : `${base}.${partitionOf(key, partitions)}.${keyToken(key)}`;
}

/** What a stream stores of an event, and an unordered consumer reads. */
export function allOf(base: string): string {
  return `${base}.*.*`;
}

/** What the consumer of one partition reads. */
export function partitionOfBase(base: string, partition: number): string {
  return `${base}.${partition}.*`;
}

/** Repetitions for single consumers, as the stream stores them. */
export function retriesOfStream(stream: string): string {
  return `${retryPrefix}.${stream}.>`;
}

/** Repetitions for one consumer. */
export function retriesOfConsumer(stream: string, consumer: string): string {
  return `${retryPrefix}.${stream}.${consumer}.>`;
}

/** What stands before the name of the event in a repetition for one consumer. */
export function retryBase(stream: string, consumer: string, base: string): string {
  return `${retryPrefix}.${stream}.${consumer}.${base.slice(eventPrefix.length + 1)}`;
}

/** Whether a subject is that of a repetition. */
export function isRetry(subject: string): boolean {
  return subject.startsWith(`${retryPrefix}.`);
}

/** An event's partition and key, from the end of its subject; undefined for a subject of another shape. */
export function readEventSubject(
  subject: string,
): { readonly base: string; readonly partition: number; readonly key: string | undefined } | undefined {
  const keyDot = subject.lastIndexOf('.');
  const partitionDot = subject.lastIndexOf('.', keyDot - 1);
  if (partitionDot <= 0) return undefined;
  const partition = subject.slice(partitionDot + 1, keyDot);
  const key = readKeyToken(subject.slice(keyDot + 1));
  if (!/^[0-9]{1,3}$/.test(partition) || key === false) return undefined;
  return { base: subject.slice(0, partitionDot), partition: Number(partition), key };
}

const plainKey = /^[A-Za-z0-9_-]+$/;

/**
 * A key as one token of a subject: every byte outside of `[A-Za-z0-9_-]` becomes `%` and two digits, since dots,
 * spaces and wildcards mean something to the broker.
 */
export function keyToken(key: string): string {
  if (plainKey.test(key) && key !== noKey) return key;
  let token = '';
  for (const byte of Buffer.from(key, 'utf8')) {
    const character = String.fromCharCode(byte);
    token += plainKey.test(character) && key !== noKey ? character : percent(byte);
  }
  return token;
}

/** The key in a token, undefined for "no key", false for a token that nobody writes. */
function readKeyToken(token: string): string | undefined | false {
  if (token === noKey) return undefined;
  if (plainKey.test(token)) return token;
  if (!/^([A-Za-z0-9_-]|%[0-9A-F]{2})+$/.test(token)) return false;
  try {
    return decodeURIComponent(token);
  } catch {
    return false;
  }
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** FNV-1a, 32 bits, modulo `partitions`. */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) {
    const unit = key.charCodeAt(at);
    if (unit > 0x7f) return hashBytes(Buffer.from(key, 'utf8')) % partitions;
    hash = Math.imul(hash ^ unit, 0x01000193);
  }
  return (hash >>> 0) % partitions;
}

function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
