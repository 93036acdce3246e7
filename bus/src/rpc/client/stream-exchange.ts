import { Code, ConnectError } from '@connectrpc/connect';
import { type CallFate, type FaultReason, withFate } from '../../errors/fault.ts';
import type { CalledMethod } from '../../metrics/called-methods.ts';
import { type CallScope, type Cancellable, callScope } from '../../scope/call-scope.ts';
import { isClientFailure, type OpenSpan } from '../../tracing/open-span.ts';
import type { TraceParent } from '../../tracing/tracing.ts';
import type { HeaderField } from '../../wire/header-block.ts';
import { headerStatus } from '../../wire/header-block.ts';
import { readReply } from '../../wire/reply.ts';
import { encodeStreamRequestHead, maxTimeoutMs } from '../../wire/request.ts';
import { instanceOfSubject } from '../../wire/subject.ts';
import { toCancelError } from '../cancel-error.ts';
import type { CancelSignal } from '../cancel-signal.ts';
import { type Channel, type ChannelProblem, createChannel, openingCreditBytes } from '../stream/channel.ts';
import type { EncodeInto } from '../stream/send-window.ts';
import { type CancelWatch, watchCancel } from '../watch-cancel.ts';
import { callFault } from './call-fault.ts';
import type { CallNumber, PendingCall } from './call-table.ts';
import type { Caller } from './caller.ts';
import { noResponders } from './no-responders.ts';

/** A streaming call as it leaves. */
export interface OutgoingStream {
  readonly service: string;
  readonly method: string;
  readonly subject: string;
  /** The one instance the call is meant for, if it is. */
  readonly target?: string | undefined;
  /** Whether some versions of the service lack the method. */
  readonly partial?: boolean | undefined;
  readonly metadata?: Iterable<HeaderField> | undefined;
  /** Whom the call is made for, as it travels (`encodeIdentity`). Default: whom its handler's call was made for. */
  readonly identity?: string | undefined;
  /** What the call is part of. Default: the trace of the handler it is made in. */
  readonly trace?: TraceParent | undefined;
  /** Undefined: as long as both sides show signs of life. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: CancelSignal | undefined;
  /** Bytes of messages the worker may have sent that nobody has taken yet. */
  readonly windowBytes: number;
  readonly maxMessageBytes: number;
}

/** Hears a stream. `onEnd` or `onError` comes last, exactly one of them, once. */
export interface StreamListener {
  /** The response header; told before the first message, at the latest with the end. */
  onHead(head: Uint8Array | undefined): void;
  onMessage(message: Uint8Array, release: () => void): void;
  onWritable(): void;
  /** The handler has ended well. `trailer` is the header block that came with it. */
  onEnd(trailer: Uint8Array | undefined): void;
  onError(error: ConnectError): void;
}

interface StreamOutcome {
  readonly head: Uint8Array | undefined;
  readonly body: Uint8Array;
  readonly whole: boolean;
}

/**
 * The caller's end of a stream: from its opening to its outcome. One class, though a long one: which end of a call comes
 * first decides what the others may still do, and all of them are here to be compared.
 */
export class StreamExchange implements PendingCall, Cancellable {
  readonly bundle: undefined;
  readonly replyPrefix = 's.';
  readonly #caller: Caller;
  readonly #call: OutgoingStream;
  readonly #listener: StreamListener;
  readonly #scope: CallScope | undefined;
  readonly #timeoutMs: number;
  readonly #beganAtMs = performance.now();
  readonly #method: CalledMethod;
  #span: OpenSpan | undefined;
  readonly #channel: Channel;
  #number: CallNumber = -1;
  #sentAtMs = 0;
  #instance: string | undefined;
  #subject: string | undefined;
  #headTold = false;
  #done = false;
  #settled = false;
  #stopWatching: (() => void) | undefined;
  #cancelWatch: CancelWatch | undefined;

  constructor(caller: Caller, call: OutgoingStream, listener: StreamListener) {
    this.#caller = caller;
    this.#call = call;
    this.#listener = listener;
    this.#scope = callScope.getStore();
    this.#method = caller.methods.of(call.service, call.method);
    const ownMs = Math.min(call.timeoutMs ?? maxTimeoutMs, maxTimeoutMs);
    this.#timeoutMs =
      this.#scope === undefined ? ownMs : Math.min(ownMs, this.#scope.deadlineAtMs - performance.now());
    this.#channel = createChannel(
      {
        creditBytes: openingCreditBytes,
        windowBytes: call.windowBytes,
        maxMessageBytes: call.maxMessageBytes,
        maxPacketBytes: () => caller.maxPayloadBytes,
        canSend: () => this.#subject !== undefined && !this.#settled && caller.connected,
        send: (packet, probe) =>
          caller.sendPacket(this.#subject as string, packet, probe ? this.#number : undefined),
        turns: caller.hub,
      },
      {
        onMessage: (message, release) => {
          this.#tellHead(undefined);
          listener.onMessage(message, release);
        },
        onLast: () => undefined,
        onWritable: () => listener.onWritable(),
        onAccept: ({ subject }) => {
          this.#instance = instanceOfSubject(subject);
          if (this.#instance !== undefined) this.#subject = subject;
          else this.#onBroken({ kind: 'protocol', message: `"${subject}" is no subject of a stream` });
        },
        onSecondAccept: ({ subject }) => caller.cancelSecondRun(this, this.#number, subject),
        onHead: (head) => this.#tellHead(head),
        onSettled: () => this.#onSettled(),
        onEnd: (outcome) => this.#onOutcome(outcome),
        onBroken: (problem) => this.#onBroken(problem),
      },
    );
  }

  get service(): string {
    return this.#call.service;
  }

  get subject(): string {
    return this.#call.subject;
  }

  get sentAtMs(): number {
    return this.#sentAtMs;
  }

  get instance(): string | undefined {
    return this.#instance;
  }

  get heardAtMs(): number {
    return this.#channel.heardAtMs;
  }

  get done(): boolean {
    return this.#done;
  }

  /** Sends the opening, with whatever has been written so far. */
  begin(): void {
    const { signal, timeoutMs, subject, metadata, windowBytes } = this.#call;
    this.#caller.began();
    this.#span = this.#caller.tracing?.sent(
      this.#method.shape,
      this.#call.trace ?? this.#scope,
      this.#beganAtMs,
    );
    const trace = this.#span ?? this.#call.trace ?? this.#scope;
    if (timeoutMs !== undefined && !(timeoutMs > 0)) {
      this.#fail(new ConnectError(`timeoutMs must be above 0, not ${timeoutMs}`, Code.InvalidArgument));
      return;
    }
    if (signal !== undefined) {
      if (signal.aborted) {
        this.#fail(toCancelError(signal.reason, 'never-started'));
        return;
      }
      this.#cancelWatch = watchCancel(signal, this);
    }
    this.#scope?.adopt(this);
    if (this.#done) return;
    if (this.#timeoutMs <= 0) {
      this.#fail(this.#fault('DEADLINE', 'no time was left for the call', 'never-started'));
      return;
    }
    try {
      const head = encodeStreamRequestHead({
        timeoutMs: this.#timeoutMs,
        traceparent: trace?.traceparent,
        tracestate: trace?.tracestate,
        identity: this.#call.identity ?? this.#scope?.identity,
        metadata,
        windowBytes,
      });
      const opening = this.#channel.opening();
      this.#number = this.#caller.open(this, this.#timeoutMs, opening.length + head.length);
      this.#sentAtMs = performance.now();
      this.#caller.sendOpening({ subject, body: opening, head, number: this.#number });
      this.#stopWatching = this.#caller.hub.watch(this);
    } catch (error) {
      this.#caller.table.close(this.#number);
      this.#fail(error as ConnectError);
    }
  }

  /** Writes a message. False asks to wait for `onWritable`. */
  write(message: Uint8Array): boolean {
    return this.#done || this.#written(this.#channel.write(message));
  }

  /** Writes a message that `encodeInto` encodes. False asks to wait for `onWritable`. */
  encode<T>(encodeInto: EncodeInto<T>, message: T): boolean {
    return this.#done || this.#written(this.#channel.encode(encodeInto, message));
  }

  /** No more messages from the caller. */
  end(): void {
    if (!this.#done) this.#channel.end();
  }

  /** A packet, or what stands in for one: the broker's 503, or an error of a worker that knows no streams. */
  onPacket(body: Uint8Array, head: Uint8Array | undefined): void {
    if (head === undefined) {
      this.#channel.receive(body);
      return;
    }
    if (headerStatus(head) === 503) {
      if (this.#instance === undefined) {
        void this.#onNoResponders();
      } else {
        this.#drop(this.#fault('WORKER_LOST', `its worker ${this.#instance} is gone`, 'may-have-run'));
      }
      return;
    }
    const reply = readReply(head, body);
    if (reply.kind === 'error') {
      this.#drop(reply.fate === undefined ? reply.error : withFate(reply.error, reply.fate));
    } else {
      this.#drop(this.#fault('MALFORMED_REPLY', 'the worker answered with no stream', 'may-have-run'));
    }
  }

  async #onNoResponders(): Promise<void> {
    this.#drop(
      noResponders(
        this.#call,
        this.#call.target === undefined && (await this.#caller.served(this.#call.service)),
      ),
    );
  }

  onReply(): void {
    this.#fail(this.#fault('MALFORMED_REPLY', 'the worker answered with no stream', 'may-have-run'));
  }

  onBundleRefused(): void {}

  onRefused(): void {
    const what = `the broker does not let this user publish to ${this.#call.subject}`;
    this.#fail(this.#fault('NOT_PERMITTED', what, 'never-started'));
  }

  onReceipt(instance: string): void {
    this.#instance ??= instance;
  }

  onDeadline(): void {
    this.#sayCancel();
    this.#fail(this.#fault('DEADLINE', `not done within ${Math.round(this.#timeoutMs)} ms`, 'may-have-run'));
  }

  onDisconnect(): void {
    this.#fail(this.#fault('DISCONNECTED', 'the connection to the broker broke', 'may-have-run'));
  }

  onWorkerLost(instance: string | undefined): void {
    const who = instance === undefined ? 'the worker that took it is gone' : `its worker ${instance} is gone`;
    this.#fail(this.#fault('WORKER_LOST', who, 'may-have-run'));
  }

  sayAlive(): void {
    if (this.#subject !== undefined) this.#channel.say({ kind: 'alive', payload: new Uint8Array(0) });
  }

  onStalled(): void {
    this.#sayCancel();
    this.#drop(this.#fault('STALLED', 'nothing was heard of the worker for 15 s', 'may-have-run'));
  }

  cancel(reason: unknown): void {
    if (this.#done) return;
    this.#sayCancel();
    this.#drop(toCancelError(reason, this.#sentAtMs === 0 ? 'never-started' : 'may-have-run'));
  }

  /** What becomes of worker and broker from here on no longer matters to the call. */
  #onSettled(): void {
    this.#settled = true;
    this.#caller.table.close(this.#number);
    this.#stopWatching?.();
  }

  #sayCancel(): void {
    if (this.#settled || this.#sentAtMs === 0 || !this.#caller.connected) return;
    this.#caller.sendCancel(this, this.#number);
  }

  #tellHead(head: Uint8Array | undefined): void {
    if (this.#headTold) return;
    this.#headTold = true;
    this.#listener.onHead(head);
  }

  #onOutcome({ head, body, whole }: StreamOutcome): void {
    const reply = readReply(head, body);
    if (reply.kind === 'error') {
      this.#drop(reply.fate === undefined ? reply.error : withFate(reply.error, reply.fate));
      return;
    }
    if (!whole) {
      this.#drop(
        this.#fault('STREAM_BROKEN', 'the worker ended the call before its last message', 'may-have-run'),
      );
      return;
    }
    this.#caller.table.close(this.#number);
    this.#tellHead(undefined);
    this.#release();
    this.#note(undefined);
    this.#listener.onEnd(head);
  }

  #onBroken({ kind, message, facts }: ChannelProblem): void {
    this.#sayCancel();
    const reason: FaultReason =
      kind === 'loss' ? 'STREAM_BROKEN' : kind === 'size' ? 'MESSAGE_TOO_LARGE' : 'MALFORMED_REPLY';
    const method = `${this.#call.service}/${this.#call.method}`;
    this.#drop(callFault(method, { reason, what: message, fate: 'may-have-run', ...(facts && { facts }) }));
  }

  /** Fails a call that is still in the table. */
  #drop(error: ConnectError): void {
    this.#caller.table.close(this.#number);
    this.#fail(error);
  }

  #fail(error: ConnectError): void {
    if (this.#done) return;
    this.#release();
    this.#note(error);
    this.#listener.onError(error);
  }

  #note(error: ConnectError | undefined): void {
    this.#method.recorder.ended(performance.now() - this.#beganAtMs, error);
    this.#span?.endCall(error, isClientFailure);
  }

  /** Notes where a writer has to wait for the worker. */
  #written(hasRoom: boolean): boolean {
    if (!hasRoom) {
      this.#method.recorder.stalled();
      this.#span?.event('stalled', {});
    }
    return hasRoom;
  }

  #release(): void {
    this.#done = true;
    this.#channel.close();
    this.#stopWatching?.();
    this.#scope?.release(this);
    this.#cancelWatch?.stop();
    this.#caller.ended();
  }

  #fault(reason: FaultReason, what: string, fate: CallFate): ConnectError {
    return callFault(`${this.#call.service}/${this.#call.method}`, { reason, what, fate });
  }
}
