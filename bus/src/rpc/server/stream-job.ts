import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Deadline } from '../../connection/deadline-queue.ts';
import type { Logger } from '../../connection/logger.ts';
import { tickMs } from '../../connection/ticker.ts';
import { type CallFate, type FaultReason, fault } from '../../errors/fault.ts';
import { runInScope } from '../../scope/run-in-scope.ts';
import { encodeAccept, encodeEnd, type OutgoingPacket } from '../../wire/packet.ts';
import { encodeErrorReply, encodeReplyHead } from '../../wire/reply.ts';
import { type Channel, type ChannelProblem, createChannel } from '../stream/channel.ts';
import { createMessageQueue, type MessageQueue } from '../stream/message-queue.ts';
import type { WatchedStream } from '../stream/stream-hub.ts';
import type { CallObserver } from './call-observer.ts';
import type { Job } from './job.ts';
import { toReplyError, withMetadata } from './reply-error.ts';
import type { ServerCall } from './server-call.ts';
import type { StreamMethod } from './stream-method.ts';
import type { ServedStream, StreamTable } from './stream-table.ts';

/** What a stream needs of the server it runs in. */
export interface StreamHost {
  readonly log: Logger;
  readonly streams: StreamTable;
  readonly windowBytes: number;
  readonly maxMessageBytes: number;
  /** Largest message the broker takes now. */
  readonly maxPayloadBytes: number;
  readonly connected: boolean;
  /** Sends a packet to the caller; with `reply`, the broker tells when nobody is there. */
  sendPacket(subject: string, packet: OutgoingPacket, reply: string | undefined): void;
  /** Refuses a call whose stream was never accepted. */
  replyError(subject: string, error: ConnectError, fate: CallFate | undefined): void;
  ended(job: Job, ran: boolean): void;
  withdraw(job: Job): boolean;
}

export interface StreamJobParts {
  readonly method: StreamMethod;
  readonly call: ServerCall;
  readonly observer: CallObserver;
  /** Window of the caller. */
  readonly creditBytes: number;
}

interface FaultExtra {
  readonly retryAfterMs?: number;
  readonly facts?: Readonly<Record<string, string>>;
}

const callOver = new ConnectError('the call is over', Code.Canceled);
const nothing = new Uint8Array(0);

/**
 * One accepted stream, from its opening to its outcome. One class, though a long one: which end of a call comes
 * first decides what the others may still do, and all of them are here to be compared.
 */
export class StreamJob implements Job, ServedStream, WatchedStream {
  readonly call: ServerCall;
  readonly #host: StreamHost;
  readonly #method: StreamMethod;
  readonly #observer: CallObserver;
  readonly #channel: Channel;
  readonly #number: number;
  readonly #subject: string;
  readonly #requests: MessageQueue<Message>;
  #deadline: Deadline | undefined;
  #startedAtMs = 0;
  #running = false;
  #answered = false;
  #handlerEnded = false;
  #headSaid = false;
  #over = false;
  #failure: ConnectError | undefined;
  #writable: PromiseWithResolvers<void> | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(host: StreamHost, parts: StreamJobParts) {
    this.#host = host;
    this.#method = parts.method;
    this.#observer = parts.observer;
    this.call = parts.call;
    this.#requests = createMessageQueue({ onAbandoned: () => undefined });
    const { number, subject } = host.streams.open(this);
    this.#number = number;
    this.#subject = subject;
    const { hub } = host.streams;
    this.#channel = createChannel(
      {
        creditBytes: parts.creditBytes,
        windowBytes: host.windowBytes,
        maxMessageBytes: host.maxMessageBytes,
        maxPacketBytes: () => host.maxPayloadBytes,
        canSend: () => this.#running && host.connected,
        send: (packet, probe) =>
          host.sendPacket(this.replySubject, packet, probe ? this.#subject : undefined),
        turns: hub,
      },
      {
        onMessage: (message, release) => this.#onMessage(message, release),
        onLast: () => this.#requests.end(),
        onWritable: () => this.#wakeWriter(),
        onBroken: (problem) => this.#onBroken(problem),
        onFlushed: () => this.#onFlushed(),
      },
    );
    this.#channel.receive(this.call.request.body);
    this.#stopWatching = hub.watch(this);
  }

  get replySubject(): string {
    return this.call.request.replySubject;
  }

  get receivedAtMs(): number {
    return this.call.request.receivedAtMs;
  }

  get deadline(): Deadline | undefined {
    return this.#deadline;
  }

  get heardAtMs(): number {
    return this.#channel.heardAtMs;
  }

  expireBy(deadline: Deadline): void {
    this.#deadline = deadline;
  }

  start(nowMs: number): void {
    this.#startedAtMs = nowMs;
    this.#observer.starts(this.call, nowMs);
    this.#running = true;
    // The opening itself may have been broken.
    if (this.#answered) {
      this.#onHandlerEnd();
      return;
    }
    this.#channel.say({ kind: 'accept', payload: encodeAccept(this.#host.windowBytes, this.#subject) });
    void runInScope(this.call, () => this.#run());
  }

  async #run(): Promise<void> {
    // A handler that thinks before its first message lets its header go ahead.
    const onStreaming = (): void => void setImmediate(() => this.#sayHeadEarly());
    try {
      const responses = await this.#method.run(this.#requests, { call: this.call, onStreaming });
      for await (const response of responses) {
        if (this.#answered) break;
        this.#sayHead();
        if (!this.#channel.encode(this.#method.encodeInto, response)) await this.#untilWritable();
      }
      this.#complete();
    } catch (thrown) {
      // A header that the handler has set goes ahead, so that it is not taken for the trailer.
      if (this.call.responseMetadata?.responseHeader?.keys().next().done === false) this.#sayHeadEarly();
      this.#answer(toReplyError(thrown, this.call, this.#host.log), undefined);
    }
    this.#onHandlerEnd();
  }

  #onMessage(message: Uint8Array, release: () => void): void {
    // What comes after the outcome cannot change it any more.
    if (this.#answered) {
      release();
      return;
    }
    let request: Message;
    try {
      request = this.#method.decode(message);
    } catch (error) {
      this.#interrupt(error as ConnectError);
      return;
    }
    this.#requests.push(request, release);
  }

  #sayHead(): void {
    if (this.#headSaid || this.#answered) return;
    this.#headSaid = true;
    const header = this.call.responseMetadata?.responseHeader;
    const head = header === undefined ? undefined : encodeReplyHead(header, undefined);
    if (head !== undefined && head.length > this.#roomForOutcome)
      throw this.#metadataTooLarge('header', head);
    this.#channel.say({ kind: 'head', payload: head ?? nothing });
  }

  #sayHeadEarly(): void {
    try {
      this.#sayHead();
    } catch (error) {
      this.#interrupt(error as ConnectError);
    }
  }

  #complete(): void {
    if (this.#answered) return;
    this.#sayHead();
    const trailer = this.call.responseMetadata?.responseTrailer;
    const head = trailer === undefined ? undefined : encodeReplyHead(undefined, trailer);
    if (head !== undefined && head.length > this.#roomForOutcome)
      throw this.#metadataTooLarge('trailer', head);
    this.#answered = true;
    this.#channel.end();
    this.#channel.finish(encodeEnd(head, nothing));
  }

  onPacket(packet: Uint8Array): void {
    this.#channel.receive(packet);
  }

  onCallerGone(): void {
    this.#interrupt(this.#fault('CANCELLED', 'the caller is gone, or out of reach'));
    this.#channel.close();
    this.#onFlushed();
  }

  sayAlive(): void {
    if (this.#running) this.#channel.say({ kind: 'alive', payload: nothing });
  }

  onStalled(): void {
    this.#interrupt(this.#fault('STALLED', 'nothing was heard of the caller for 15 s'));
    this.#channel.close();
    this.#onFlushed();
  }

  onOverload(message: string, pushbackMs: number): void {
    this.#refuse(this.#fault('OVERLOADED', message, { retryAfterMs: pushbackMs }));
  }

  onDeadline(): void {
    this.#interrupt(this.#fault('DEADLINE', `not done within ${this.call.request.timeoutMs} ms`));
  }

  onCancel(): void {
    // A caller whose deadline passes says so too, and mostly before this side's clock has noticed.
    if (performance.now() >= this.call.deadlineAtMs - 2 * tickMs) this.onDeadline();
    else this.#interrupt(this.#fault('CANCELLED', 'the caller cancelled the call'));
  }

  onDrainTimeout(): void {
    this.#interrupt(
      this.#fault('DRAIN_TIMEOUT', 'the worker is shutting down and could not wait for the call'),
    );
  }

  #onBroken({ kind, message, facts }: ChannelProblem): void {
    const reason: FaultReason =
      kind === 'loss' ? 'STREAM_BROKEN' : kind === 'size' ? 'MESSAGE_TOO_LARGE' : 'MALFORMED_REQUEST';
    const error = this.#fault(reason, message, facts === undefined ? {} : { facts });
    if (!this.#running && this.#host.withdraw(this)) {
      this.#refuse(error);
      return;
    }
    // The channel is dead, and its sequence with it: the outcome goes out beside it.
    if (!this.#answered) {
      this.#answered = true;
      this.#failure = error;
      this.#host.replyError(this.replySubject, error, 'may-have-run');
    }
    this.#abort(error);
    this.#onFlushed();
  }

  /** Answers for a stream that is not done; a running handler is told by its signal and keeps its place until it ends. */
  #interrupt(error: ConnectError): void {
    if (!this.#running && this.#host.withdraw(this)) {
      this.#refuse(error);
      return;
    }
    if (this.#answered) this.#cutOff(error);
    else this.#answer(error, 'may-have-run', true);
    this.#abort(error);
  }

  /** The outcome waits behind messages that nobody takes: the call ends without them. */
  #cutOff(error: ConnectError): void {
    if (this.#over) return;
    const { head, body } = encodeErrorReply(error, 'may-have-run');
    this.#channel.cut(encodeEnd(head, body));
  }

  #refuse(error: ConnectError): void {
    this.#observer.refused(this.call, error);
    this.#answered = true;
    this.#host.replyError(this.replySubject, error, 'never-started');
    this.call.abort(error);
    this.#channel.close();
    this.#close();
    this.#host.ended(this, false);
  }

  /** `now`: messages that wait are dropped, instead of going first. */
  #answer(error: ConnectError, fate: CallFate | undefined, now = false): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#failure = error;
    const { responseHeader, responseTrailer } = this.call.responseMetadata ?? {};
    const unsaidHeader = this.#headSaid ? undefined : responseHeader;
    let reply: { head: Uint8Array; body: Uint8Array };
    try {
      reply = encodeErrorReply(withMetadata(error, unsaidHeader, responseTrailer), fate);
    } catch (unsendable) {
      this.#host.log.error({ err: unsendable }, 'the details of an error could not be sent');
      reply = encodeErrorReply(new ConnectError(error.rawMessage.slice(0, 1024), error.code), fate);
    }
    let outcome = encodeEnd(reply.head, reply.body);
    if (outcome.length > this.#roomForOutcome) {
      this.#host.log.error({ bytes: outcome.length }, 'an error is too large to be sent with its details');
      const bare = encodeErrorReply(new ConnectError(error.rawMessage.slice(0, 1024), error.code), fate);
      outcome = encodeEnd(bare.head, bare.body);
    }
    if (now) {
      this.#channel.cut(outcome);
    } else {
      this.#channel.end();
      this.#channel.finish(outcome);
    }
  }

  #abort(reason: ConnectError): void {
    this.call.abort(reason);
    this.#requests.fail(reason);
    this.#wakeWriter();
  }

  #untilWritable(): Promise<void> {
    if (this.#answered) return Promise.resolve();
    this.#observer.stalled(this.call);
    this.#writable ??= Promise.withResolvers();
    return this.#writable.promise;
  }

  #wakeWriter(): void {
    this.#writable?.resolve();
    this.#writable = undefined;
  }

  #onHandlerEnd(): void {
    this.#handlerEnded = true;
    this.#observer.ran(this.call, this.#startedAtMs, this.#failure);
    this.#abort(callOver);
    this.#endIfOver();
  }

  #onFlushed(): void {
    this.#close();
    this.#endIfOver();
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#host.streams.close(this.#number);
    this.#stopWatching?.();
  }

  /** The place of a stream is free when its handler has ended and its outcome is on its way. */
  #endIfOver(): void {
    if (this.#over && this.#handlerEnded) this.#host.ended(this, true);
  }

  /** Largest header block or outcome that fits into one packet. */
  get #roomForOutcome(): number {
    return this.#host.maxPayloadBytes - 1024;
  }

  #metadataTooLarge(what: string, block: Uint8Array): ConnectError {
    return this.#fault(
      'BAD_RESPONSE',
      `the ${what} of ${block.length} bytes is over the limit of ${this.#roomForOutcome}`,
    );
  }

  #fault(reason: FaultReason, what: string, extra: FaultExtra = {}): ConnectError {
    const method = `${this.call.service.typeName}/${this.call.method.name}`;
    return fault(reason, { ...extra, message: `${method}: ${what}`, facts: { method, ...extra.facts } });
  }
}
