import type { StreamConfig } from '@nats-io/jetstream';
import { readHead } from '../server/message-head.ts';
import type { RoutedMessage } from '../server/router.ts';
import { matchesSubject } from '../server/subject-match.ts';
import { ApiError, storeFailed, wrongLastSequence } from './api-error.ts';
import type { Consumer } from './consumer.ts';
import type { FiringTime } from './firing-time.ts';
import { readDuration } from './go-duration.ts';
import { createMessageLog, type MessageLog, type StoredMessage, sizeOf } from './message-log.ts';
import { createSchedules, type Schedules } from './schedules.ts';

const nsPerMs = 1_000_000;

/** What a publisher is told. */
export interface Stored {
  readonly stream: string;
  readonly seq: number;
  readonly duplicate?: true;
}

/** A stream: its messages, its limits, and who reads it. */
export class Stream {
  readonly created = new Date();
  readonly log: MessageLog = createMessageLog();
  readonly #consumers = new Map<string, Consumer>();
  // Messages that go at a time of their own.
  #mortal = 0;
  #config: StreamConfig;
  // When each id was seen; the oldest come first.
  readonly #ids = new Map<string, { readonly sequence: number; readonly atMs: number }>();

  readonly #schedules: Schedules;

  /** @param publish Sends what a schedule of this stream fires. */
  constructor(config: StreamConfig, publish: (message: RoutedMessage) => void) {
    this.#config = config;
    this.#schedules = createSchedules({ publish, drop: (sequence) => void this.remove(sequence) });
  }

  get config(): StreamConfig {
    return this.#config;
  }

  get name(): string {
    return this.#config.name;
  }

  get consumers(): readonly Consumer[] {
    return [...this.#consumers.values()];
  }

  consumer(name: string): Consumer | undefined {
    return this.#consumers.get(name);
  }

  attach(consumer: Consumer): void {
    this.#consumers.set(consumer.name, consumer);
  }

  detach(name: string): void {
    this.#consumers.delete(name);
  }

  stores(subject: string): boolean {
    return this.#config.subjects.some((pattern) => matchesSubject(pattern, subject));
  }

  /** Other limits: what is over them goes at once. */
  reconfigure(config: StreamConfig): void {
    this.#config = config;
    for (const subject of [...this.log.subjects()]) this.#enforceLimits(subject);
  }

  /** @throws ApiError for what the stream does not take. */
  store({ subject, head, body }: RoutedMessage): Stored {
    this.expire();
    const fields = readHead(head);
    const size = sizeOf({ subject, head, body });
    const { max_msg_size: maxMessage } = this.#config;
    if (maxMessage > 0 && (head?.length ?? 0) + body.length > maxMessage) {
      throw new ApiError(400, 10054, 'message size exceeds maximum allowed');
    }
    const id = fields.get('Nats-Msg-Id');
    const known = id === undefined ? undefined : this.#ids.get(id);
    if (known !== undefined) return { stream: this.name, seq: known.sequence, duplicate: true };
    this.#checkExpectations(subject, fields);
    const expiresAtMs = this.#expiryOf(fields);
    const schedule = this.#scheduleOf(fields);
    this.#makeRoom(subject, size);
    this.#rollUp(subject, schedule === undefined ? fields.get('Nats-Rollup') : 'sub');
    const message = this.log.append({ subject, head, body, timeMs: Date.now(), expiresAtMs });
    if (id !== undefined) this.#ids.set(id, { sequence: message.sequence, atMs: Date.now() });
    if (expiresAtMs !== Infinity) this.#mortal++;
    if (schedule !== undefined) this.#schedules.add(message, schedule);
    this.#enforceLimits(subject);
    for (const consumer of this.consumers) consumer.onStored(message);
    this.#forgetUnwanted(message);
    return { stream: this.name, seq: message.sequence };
  }

  /** Takes a message out for good. Whether it was there. */
  remove(sequence: number): boolean {
    const message = this.log.get(sequence);
    if (message === undefined) return false;
    this.log.remove(sequence);
    if (message.expiresAtMs !== Infinity) this.#mortal--;
    this.#schedules.remove(sequence);
    for (const consumer of this.consumers) consumer.onRemoved(message);
    return true;
  }

  /** Ends its consumers and its schedules. */
  close(): void {
    for (const consumer of this.consumers) consumer.close();
    this.#schedules.close();
  }

  /** Returns how many went. */
  purge({
    filter,
    seq,
    keep,
  }: {
    readonly filter?: string;
    readonly seq?: number;
    readonly keep?: number;
  }): number {
    const chosen = [...this.log.values()].filter(
      ({ subject, sequence }) =>
        (filter === undefined || matchesSubject(filter, subject)) && (seq === undefined || sequence < seq),
    );
    const going = keep === undefined ? chosen : chosen.slice(0, Math.max(0, chosen.length - keep));
    for (const { sequence } of going) this.remove(sequence);
    return going.length;
  }

  /** A consumer has done with a message. */
  onSettled(message: StoredMessage): void {
    const { retention } = this.#config;
    if (retention === 'workqueue') this.remove(message.sequence);
    if (retention === 'interest') this.#forgetUnwanted(message);
  }

  /** Lets go what is too old. Looked at whenever somebody looks at the stream: nobody can tell the difference. */
  expire(): void {
    const nowMs = Date.now();
    const { max_age: maxAgeNs, duplicate_window: windowNs } = this.#config;
    const oldestMs = maxAgeNs > 0 ? nowMs - maxAgeNs / nsPerMs : -Infinity;
    for (const { sequence, timeMs, expiresAtMs } of this.log.values()) {
      if (timeMs <= oldestMs || expiresAtMs <= nowMs) this.remove(sequence);
      else if (this.#mortal === 0) break;
    }
    for (const [id, { atMs }] of this.#ids) {
      if (atMs > nowMs - windowNs / nsPerMs) break;
      this.#ids.delete(id);
    }
  }

  #checkExpectations(subject: string, fields: ReadonlyMap<string, string>): void {
    const stream = fields.get('Nats-Expected-Stream');
    if (stream !== undefined && stream !== this.name) {
      throw new ApiError(400, 10060, 'expected stream does not match');
    }
    const sequence = fields.get('Nats-Expected-Last-Sequence');
    if (sequence !== undefined && Number(sequence) !== this.log.lastSequence) {
      throw wrongLastSequence(this.log.lastSequence);
    }
    const ofSubject = fields.get('Nats-Expected-Last-Subject-Sequence');
    if (ofSubject === undefined) return;
    const last = this.#lastOf(fields.get('Nats-Expected-Last-Subject-Sequence-Subject') ?? subject);
    if (Number(ofSubject) !== last) throw wrongLastSequence(last);
  }

  #lastOf(pattern: string): number {
    let last = 0;
    for (const subject of this.log.subjects()) {
      if (matchesSubject(pattern, subject)) last = Math.max(last, this.log.lastOf(subject)?.sequence ?? 0);
    }
    return last;
  }

  #expiryOf(fields: ReadonlyMap<string, string>): number {
    const text = fields.get('Nats-TTL');
    if (text === undefined || text === 'never') return Infinity;
    if (!this.#config.allow_msg_ttl) throw new ApiError(400, 10166, 'per-message TTL is disabled');
    const ms = readDuration(text);
    if (ms === undefined || ms < 1_000) throw new ApiError(400, 10165, 'invalid per-message TTL');
    return Date.now() + ms;
  }

  #scheduleOf(fields: ReadonlyMap<string, string>): FiringTime | undefined {
    const time = this.#schedules.read(fields);
    if (time !== undefined && this.#config.allow_msg_schedules !== true) {
      throw new ApiError(400, 10188, 'message schedules is disabled');
    }
    return time;
  }

  #makeRoom(subject: string, size: number): void {
    const { discard, max_msgs: most, max_bytes: mostBytes, max_msgs_per_subject: perSubject } = this.#config;
    if (discard !== 'new') return;
    const full = perSubject > 0 && this.log.countOf(subject) >= perSubject;
    if (full && this.#config.discard_new_per_subject)
      throw storeFailed('maximum messages per subject exceeded');
    // The message of a subject that goes makes room for the one that comes.
    const replaced = full ? this.log.firstOf(subject) : undefined;
    const left = this.log.size - (replaced === undefined ? 0 : 1);
    const leftBytes = this.log.bytes - (replaced === undefined ? 0 : sizeOf(replaced));
    if (most > 0 && left + 1 > most) throw storeFailed('maximum messages exceeded');
    if (mostBytes > 0 && leftBytes + size > mostBytes) throw storeFailed('maximum bytes exceeded');
  }

  #rollUp(subject: string, rollup: string | undefined): void {
    if (rollup === undefined) return;
    if (!this.#config.allow_rollup_hdrs && !this.#config.allow_msg_schedules)
      throw new ApiError(400, 10111, 'rollup not permitted');
    this.purge(rollup === 'all' ? {} : { filter: subject });
  }

  #enforceLimits(subject: string): void {
    const { max_msgs: most, max_bytes: mostBytes, max_msgs_per_subject: perSubject } = this.#config;
    while (perSubject > 0 && this.log.countOf(subject) > perSubject) {
      this.remove(this.log.firstOf(subject)?.sequence ?? 0);
    }
    while ((most > 0 && this.log.size > most) || (mostBytes > 0 && this.log.bytes > mostBytes)) {
      this.remove(this.log.firstSequence);
    }
  }

  /** With interest retention, a message stays while a consumer that wants it has not settled it. */
  #forgetUnwanted(message: StoredMessage): void {
    if (this.#config.retention !== 'interest') return;
    if (!this.consumers.some((consumer) => consumer.wants(message))) this.remove(message.sequence);
  }
}
