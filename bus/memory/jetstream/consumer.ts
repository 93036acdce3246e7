// Above 300 lines: what a consumer has read, given out and must give out again is one state, changed by all of these.
import type { ConsumerConfig, ConsumerInfo } from '@nats-io/jetstream';
import { statusHead } from '../server/message-head.ts';
import type { Router } from '../server/router.ts';
import { matchesSubject } from '../server/subject-match.ts';
import { filtersOf } from './consumer-config.ts';
import { type StoredMessage, sizeOf } from './message-log.ts';
import type { PullRequest } from './pull-requests.ts';
import type { Stream } from './stream.ts';

const nsPerMs = 1_000_000;
const nothing = new Uint8Array(0);

interface Pending {
  readonly consumerSequence: number;
  /** When it is given out again unless it is settled, on the clock of `performance.now()`. */
  dueAtMs: number;
}

interface OpenPull extends PullRequest {
  left: number;
  leftBytes: number;
  heardAtMs: number;
}

/** Reads a stream for its clients: by pulls, or by pushing to a subject. */
export class Consumer {
  readonly name: string;
  readonly created = new Date();
  readonly #stream: Stream;
  readonly #router: Router;
  readonly #onGone: () => void;
  #config: ConsumerConfig;
  #filters: readonly string[] = [];
  #next = 1;
  #unread = 0;
  #delivered = { consumer_seq: 0, stream_seq: 0 };
  #settled = { consumer_seq: 0, stream_seq: 0 };
  readonly #pending = new Map<number, Pending>();
  /** How often each message was given out that is not settled. */
  readonly #deliveries = new Map<number, number>();
  /** Messages to be given out again now, in order. */
  #again: number[] = [];
  #pulls: OpenPull[] = [];
  #pushedAtMs = performance.now();
  #usedAtMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;
  #gone = false;

  constructor(
    config: ConsumerConfig,
    { stream, router, name, onGone }: { stream: Stream; router: Router; name: string; onGone: () => void },
  ) {
    this.name = name;
    this.#stream = stream;
    this.#router = router;
    this.#onGone = onGone;
    this.#config = config;
    this.#filters = filtersOf(config);
    this.#next = this.#firstToRead();
    this.#countUnread();
    this.pump();
  }

  get config(): ConsumerConfig {
    return this.#config;
  }

  reconfigure(config: ConsumerConfig): void {
    this.#config = config;
    this.#filters = filtersOf(config);
    this.#countUnread();
    this.pump();
  }

  /** Reads on from a place in the stream, forgetting what was given out. */
  reset(sequence: number): void {
    this.#pending.clear();
    this.#deliveries.clear();
    this.#again = [];
    this.#next = sequence;
    this.#countUnread();
    this.pump();
  }

  info(): ConsumerInfo {
    this.#stream.expire();
    const { pause_until: pauseUntil } = this.#config;
    const pausedMs = pauseUntil === undefined ? 0 : Date.parse(pauseUntil) - Date.now();
    return {
      type: 'io.nats.jetstream.api.v1.consumer_info_response',
      stream_name: this.#stream.name,
      name: this.name,
      created: this.created.toISOString(),
      ts: new Date().toISOString(),
      config: this.#config,
      delivered: this.#delivered,
      ack_floor: this.#settled,
      num_ack_pending: this.#pending.size,
      num_redelivered: [...this.#deliveries.values()].filter((count) => count > 1).length,
      num_waiting: this.#pulls.length,
      num_pending: this.#unread,
      push_bound: this.#config.deliver_subject !== undefined && this.#hasListener(),
      paused: pausedMs > 0,
      ...(pausedMs > 0 && { pause_remaining: pausedMs * nsPerMs }),
    } as unknown as ConsumerInfo;
  }

  /** Whether a message is still to be read or settled by this consumer. */
  wants({ sequence, subject }: StoredMessage): boolean {
    if (!this.#reads(subject)) return false;
    return sequence >= this.#next || this.#pending.has(sequence);
  }

  onStored({ subject }: StoredMessage): void {
    if (!this.#reads(subject)) return;
    // A newer message of a subject takes the place of one that was to be read.
    if (this.#lastOnlyUpTo >= this.#next) this.#countUnread();
    else this.#unread++;
    this.pump();
  }

  onRemoved({ sequence, subject }: StoredMessage): void {
    if (sequence >= this.#next && this.#reads(subject)) {
      if (sequence <= this.#lastOnlyUpTo) this.#countUnread();
      else this.#unread--;
    }
    this.#forget(sequence);
  }

  pull(request: PullRequest): void {
    this.#usedAtMs = performance.now();
    this.#pulls.push({
      ...request,
      left: request.batch,
      leftBytes: request.maxBytes,
      heardAtMs: performance.now(),
    });
    this.pump();
    const last = this.#pulls.at(-1);
    if (request.noWait && last?.reply === request.reply) {
      this.#pulls.pop();
      this.#tell(last, '404 No Messages', { ...undelivered(last) });
    }
    this.#arm();
  }

  /** What a client says about one message. */
  settle(sequence: number, words: string): void {
    this.#usedAtMs = performance.now();
    if (words.startsWith('-NAK')) {
      this.#nak(sequence, words.slice('-NAK'.length).trim());
    } else if (words.startsWith('+WPI')) {
      const pending = this.#pending.get(sequence);
      if (pending !== undefined) pending.dueAtMs = performance.now() + this.#ackWaitMs(sequence);
    } else {
      this.#finish(sequence);
    }
    this.pump();
  }

  /** Gives out what there is to those who asked. */
  pump(): void {
    if (this.#gone) return;
    this.#stream.expire();
    while (!this.#isPaused() && this.#mayGiveOut()) {
      const taker = this.#taker();
      if (taker === undefined) break;
      const message = this.#nextMessage();
      if (message === undefined) break;
      this.#giveOut(message, taker);
    }
    this.#arm();
  }

  /** Ends it, telling those who wait for messages. */
  close(): void {
    if (this.#gone) return;
    this.#gone = true;
    clearTimeout(this.#timer);
    for (const pull of this.#pulls) this.#tell(pull, '409 Consumer Deleted');
    this.#pulls = [];
    this.#onGone();
  }

  #reads(subject: string): boolean {
    return this.#filters.length === 0 || this.#filters.some((filter) => matchesSubject(filter, subject));
  }

  #firstToRead(): number {
    const { deliver_policy: policy, opt_start_seq: sequence, opt_start_time: time } = this.#config;
    const { log } = this.#stream;
    const own = [...log.values()].filter(({ subject }) => this.#reads(subject));
    switch (String(policy)) {
      case 'new':
        return log.lastSequence + 1;
      case 'last':
        return own.at(-1)?.sequence ?? log.lastSequence + 1;
      case 'by_start_sequence':
        return sequence ?? 1;
      case 'by_start_time': {
        const fromMs = Date.parse(time ?? '');
        return own.find(({ timeMs }) => timeMs >= fromMs)?.sequence ?? log.lastSequence + 1;
      }
      case 'last_per_subject': {
        // The older ones of each subject are passed over by `#nextMessage`.
        this.#lastOnlyUpTo = log.lastSequence;
        return log.firstSequence;
      }
      default:
        return 1;
    }
  }

  #lastOnlyUpTo = 0;

  #isToBeRead(message: StoredMessage): boolean {
    if (!this.#reads(message.subject)) return false;
    return (
      message.sequence > this.#lastOnlyUpTo ||
      this.#stream.log.lastOf(message.subject)?.sequence === message.sequence
    );
  }

  #countUnread(): void {
    let unread = 0;
    for (const message of this.#stream.log.values()) {
      if (message.sequence >= this.#next && this.#isToBeRead(message)) unread++;
    }
    this.#unread = unread;
  }

  #nextMessage(): StoredMessage | undefined {
    const { log } = this.#stream;
    for (;;) {
      const sequence = this.#again.shift();
      if (sequence === undefined) break;
      const message = log.get(sequence);
      if (message !== undefined && !this.#isExhausted(sequence)) return message;
    }
    for (;;) {
      const message = log.next(this.#next, this.#filters);
      if (message === undefined) return undefined;
      this.#next = message.sequence + 1;
      if (!this.#isToBeRead(message)) continue;
      this.#unread--;
      return message;
    }
  }

  #isExhausted(sequence: number): boolean {
    const deliveries = this.#deliveries.get(sequence) ?? 0;
    const { max_deliver: most = -1 } = this.#config;
    if (most < 1 || deliveries < most) return false;
    this.#pending.delete(sequence);
    this.#deliveries.delete(sequence);
    const subject = `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${this.#stream.name}.${this.name}`;
    const advisory = {
      type: 'io.nats.jetstream.advisory.v1.max_deliver',
      id: `${this.name}-${sequence}`,
      timestamp: new Date().toISOString(),
      stream: this.#stream.name,
      consumer: this.name,
      stream_seq: sequence,
      deliveries,
    };
    this.#router.publish({
      subject,
      reply: '',
      head: undefined,
      body: Buffer.from(JSON.stringify(advisory)),
    });
    return true;
  }

  #acks(): boolean {
    return this.#config.ack_policy !== 'none';
  }

  #mayGiveOut(): boolean {
    const { max_ack_pending: most = -1 } = this.#config;
    return !this.#acks() || most < 1 || this.#pending.size < most || this.#again.length > 0;
  }

  #isPaused(): boolean {
    const { pause_until: until } = this.#config;
    return until !== undefined && Date.parse(until) > Date.now();
  }

  #hasListener(): boolean {
    const { deliver_subject: subject } = this.#config;
    return subject !== undefined && this.#router.hasSubscriber(subject);
  }

  /** Who gets the next message: a subject that is pushed to, or the pull that has waited longest. */
  #taker(): string | OpenPull | undefined {
    const { deliver_subject: subject } = this.#config;
    if (subject !== undefined) return this.#hasListener() ? subject : undefined;
    const nowMs = performance.now();
    this.#pulls = this.#pulls.filter(
      ({ reply, expiresAtMs }) => expiresAtMs > nowMs && this.#router.hasSubscriber(reply),
    );
    return this.#pulls[0];
  }

  #giveOut(message: StoredMessage, taker: string | OpenPull): void {
    const { sequence, timeMs, head } = message;
    const count = (this.#deliveries.get(sequence) ?? 0) + 1;
    const consumerSequence = this.#delivered.consumer_seq + 1;
    this.#delivered = {
      consumer_seq: consumerSequence,
      stream_seq: Math.max(this.#delivered.stream_seq, sequence),
    };
    if (this.#acks()) {
      this.#deliveries.set(sequence, count);
      const dueAtMs = performance.now() + this.#ackWaitMs(sequence);
      this.#pending.set(sequence, { consumerSequence, dueAtMs });
    }
    const timeNs = BigInt(timeMs) * BigInt(nsPerMs);
    const reply = `$JS.ACK.${this.#stream.name}.${this.name}.${count}.${sequence}.${consumerSequence}.${timeNs}.${this.#unread}`;
    const body = this.#config.headers_only ? nothing : message.body;
    this.#pushedAtMs = performance.now();
    if (typeof taker === 'string') {
      this.#router.publish({ subject: taker, reply, head, body }, message.subject);
      return;
    }
    taker.left--;
    taker.leftBytes -= sizeOf(message);
    taker.heardAtMs = performance.now();
    if (taker.left === 0 || taker.leftBytes <= 0) this.#pulls.splice(this.#pulls.indexOf(taker), 1);
    this.#router.publish({ subject: taker.reply, reply, head, body }, message.subject);
  }

  #ackWaitMs(sequence: number): number {
    const { ack_wait: waitNs = 0, backoff = [] } = this.#config;
    const deliveries = this.#deliveries.get(sequence) ?? 1;
    const pausedNs = backoff[Math.min(deliveries, backoff.length) - 1];
    return (pausedNs ?? waitNs) / nsPerMs;
  }

  #nak(sequence: number, options: string): void {
    const pending = this.#pending.get(sequence);
    if (pending === undefined) return;
    const { delay = 0 }: { readonly delay?: number } = options.startsWith('{') ? JSON.parse(options) : {};
    if (delay > 0) {
      pending.dueAtMs = performance.now() + delay / nsPerMs;
    } else {
      pending.dueAtMs = Infinity;
      this.#again.push(sequence);
    }
  }

  #finish(sequence: number): void {
    const pending = this.#pending.get(sequence);
    if (pending === undefined) return;
    const settled =
      this.#config.ack_policy === 'all'
        ? [...this.#pending.keys()].filter((one) => one <= sequence)
        : [sequence];
    for (const one of settled) {
      const message = this.#stream.log.get(one);
      this.#forget(one);
      if (message !== undefined) this.#stream.onSettled(message);
    }
  }

  #forget(sequence: number): void {
    this.#pending.delete(sequence);
    this.#deliveries.delete(sequence);
    this.#again = this.#again.filter((one) => one !== sequence);
    const oldest = [...this.#pending].reduce(
      (least, [one, { consumerSequence }]) =>
        one < least.stream_seq ? { stream_seq: one, consumer_seq: consumerSequence } : least,
      { stream_seq: this.#delivered.stream_seq + 1, consumer_seq: this.#delivered.consumer_seq + 1 },
    );
    this.#settled = { stream_seq: oldest.stream_seq - 1, consumer_seq: oldest.consumer_seq - 1 };
  }

  #tell(pull: PullRequest, status: string, fields: Record<string, string | number> = {}): void {
    this.#router.publish({ subject: pull.reply, reply: '', head: statusHead(status, fields), body: nothing });
  }

  /** The next time at which something is due without anybody asking. */
  #dueAtMs(): number {
    let dueAtMs = Infinity;
    for (const pending of this.#pending.values()) dueAtMs = Math.min(dueAtMs, pending.dueAtMs);
    for (const { expiresAtMs, heartbeatMs, heardAtMs } of this.#pulls) {
      dueAtMs = Math.min(dueAtMs, expiresAtMs, heartbeatMs > 0 ? heardAtMs + heartbeatMs : Infinity);
    }
    const { pause_until: until } = this.#config;
    if (until !== undefined && this.#isPaused()) {
      dueAtMs = Math.min(dueAtMs, performance.now() + Date.parse(until) - Date.now());
    }
    return Math.min(dueAtMs, this.#beatAtMs(), this.#idleAtMs());
  }

  #beatAtMs(): number {
    const { idle_heartbeat: beatNs = 0, deliver_subject: subject } = this.#config;
    return subject === undefined || beatNs <= 0 ? Infinity : this.#pushedAtMs + beatNs / nsPerMs;
  }

  #idleAtMs(): number {
    const { inactive_threshold: idleNs = 0 } = this.#config;
    return idleNs <= 0 ? Infinity : this.#usedAtMs + idleNs / nsPerMs;
  }

  #arm(): void {
    if (this.#gone) return;
    const dueAtMs = this.#dueAtMs();
    if (dueAtMs === this.#timerAtMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = dueAtMs;
    if (dueAtMs === Infinity) return;
    const waitMs = Math.min(Math.max(0, dueAtMs - performance.now()), longestTimerMs);
    this.#timer = setTimeout(() => this.#onDue(), Math.ceil(waitMs));
    this.#timer.unref();
  }

  #onDue(): void {
    const nowMs = performance.now();
    this.#timerAtMs = Infinity;
    if (this.#idleAtMs() <= nowMs) {
      if (!this.#isInUse()) {
        this.close();
        return;
      }
      this.#usedAtMs = nowMs;
    }
    for (const [sequence, pending] of this.#pending) {
      if (pending.dueAtMs > nowMs) continue;
      pending.dueAtMs = Infinity;
      this.#again.push(sequence);
    }
    this.#again.sort((a, b) => a - b);
    const expired = this.#pulls.filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
    this.#pulls = this.#pulls.filter((pull) => !expired.includes(pull));
    for (const pull of expired) this.#tell(pull, '408 Request Timeout', undelivered(pull));
    for (const pull of this.#pulls) this.#beat(pull, nowMs);
    if (this.#beatAtMs() <= nowMs) this.#beatListener(nowMs);
    this.pump();
  }

  #isInUse(): boolean {
    return this.#hasListener() || this.#pulls.some(({ reply }) => this.#router.hasSubscriber(reply));
  }

  #beat(pull: OpenPull, nowMs: number): void {
    if (pull.heartbeatMs <= 0 || pull.heardAtMs + pull.heartbeatMs > nowMs) return;
    pull.heardAtMs = nowMs;
    this.#tell(pull, '100 Idle Heartbeat', this.#lastDelivered());
  }

  #beatListener(nowMs: number): void {
    this.#pushedAtMs = nowMs;
    const { deliver_subject: subject = '' } = this.#config;
    const head = statusHead('100 Idle Heartbeat', this.#lastDelivered());
    this.#router.publish({ subject, reply: '', head, body: nothing });
  }

  #lastDelivered(): Record<string, number> {
    const { consumer_seq: consumer, stream_seq: stream } = this.#delivered;
    return { 'Nats-Last-Consumer': consumer, 'Nats-Last-Stream': stream };
  }
}

function undelivered({ left }: OpenPull): Record<string, number> {
  return { 'Nats-Pending-Messages': left, 'Nats-Pending-Bytes': 0 };
}

/** Longer timers would fire at once. */
const longestTimerMs = 2 ** 31 - 1;
