import { Code, ConnectError } from '@connectrpc/connect';
import { type CallFate, callFate, type FaultReason, fault, withFate } from '../../errors/fault.ts';
import type { CalledMethod } from '../../metrics/called-methods.ts';
import { type CallScope, type Cancellable, callScope } from '../../scope/call-scope.ts';
import { isClientFailure, type OpenSpan } from '../../tracing/open-span.ts';
import type { TraceParent } from '../../tracing/tracing.ts';
import type { HeaderField } from '../../wire/header-block.ts';
import { readReply } from '../../wire/reply.ts';
import { encodeRequestHead, maxTimeoutMs } from '../../wire/request.ts';
import { toCancelError } from '../cancel-error.ts';
import type { CancelSignal } from '../cancel-signal.ts';
import type { Channel } from '../stream/channel.ts';
import { defaultMaxMessageBytes } from '../stream/limits.ts';
import { type CancelWatch, watchCancel } from '../watch-cancel.ts';
import type { CallNumber, PendingCall } from './call-table.ts';
import type { Caller } from './caller.ts';
import { receiveLargeReply } from './large-reply.ts';
import { noResponders } from './no-responders.ts';
import { nextAttemptInMs } from './retry-policy.ts';

/** Ends the message of a fault: whoever only sees the text must learn it too. */
const fateText: Readonly<Record<CallFate, string>> = {
  'never-started': ' (the call never started)',
  'may-have-run': ' (the call may have run)',
};

/** One unary call as it leaves: bytes and addresses, nothing decoded. */
export interface OutgoingCall {
  /** Full service name, such as `orders.v1.OrderService`. */
  readonly service: string;
  readonly method: string;
  readonly subject: string;
  /** Set for a call to one instance: it never travels in a bundle, which any instance could take. */
  readonly target?: string | undefined;
  readonly body: Uint8Array;
  /** Whether the contract allows the call to run twice. */
  readonly idempotent: boolean;
  /** Whether some versions of the service lack the method. */
  readonly partial?: boolean | undefined;
  readonly metadata?: Iterable<HeaderField> | undefined;
  /** Whom the call is made for, as it travels (`encodeIdentity`). Default: whom its handler's call was made for. */
  readonly identity?: string | undefined;
  /** What the call is part of. Default: the trace of the handler it is made in. */
  readonly trace?: TraceParent | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: CancelSignal | undefined;
  /** Largest message sent or taken, in bytes. Default 16 MiB. */
  readonly maxMessageBytes?: number | undefined;
}

/** Hears the end of a call: its error, or the head and body of the reply. */
export interface UnaryOutcome {
  onReply(body: Uint8Array, head: Uint8Array | undefined): void;
  onError(error: ConnectError): void;
}

/**
 * A call from its first attempt to its outcome, with whatever retries lie between. Over 300 lines, since every end that a
 * call can have must be weighed against the others: here they stand side by side.
 */
export class UnaryExchange implements PendingCall, Cancellable {
  readonly #caller: Caller;
  readonly #call: OutgoingCall;
  readonly #outcome: UnaryOutcome;
  readonly #scope: CallScope | undefined;
  readonly #timeoutMs: number;
  readonly #deadlineAtMs: number;
  readonly #beganAtMs: number;
  readonly #method: CalledMethod;
  #span: OpenSpan | undefined;
  #attempts = 0;
  #number: CallNumber = -1;
  #sentAtMs = 0;
  #instance: string | undefined;
  #bundle: number | undefined;
  #largeReply: Channel | undefined;
  #done = false;
  #mayHaveRun = false;
  #sentAgain = false;
  #retryTimer: NodeJS.Timeout | undefined;
  #cancelWatch: CancelWatch | undefined;

  constructor(caller: Caller, call: OutgoingCall, outcome: UnaryOutcome) {
    this.#caller = caller;
    this.#call = call;
    this.#outcome = outcome;
    this.#scope = callScope.getStore();
    const nowMs = performance.now();
    this.#beganAtMs = nowMs;
    this.#method = caller.methods.of(call.service, call.method);
    const ownMs = Math.min(call.timeoutMs ?? caller.timeoutMs, maxTimeoutMs);
    const leftMs = this.#scope === undefined ? ownMs : Math.min(ownMs, this.#scope.deadlineAtMs - nowMs);
    this.#timeoutMs = leftMs;
    this.#deadlineAtMs = nowMs + leftMs;
  }

  get service(): string {
    return this.#call.service;
  }

  get subject(): string {
    return this.#call.subject;
  }

  get target(): string | undefined {
    return this.#call.target;
  }

  get method(): string {
    return this.#call.method;
  }

  get sentAtMs(): number {
    return this.#sentAtMs;
  }

  get instance(): string | undefined {
    return this.#instance;
  }

  /** Sends the call for the first time. */
  begin(): void {
    const { signal, timeoutMs } = this.#call;
    if (timeoutMs !== undefined && !(timeoutMs > 0)) {
      this.#outcome.onError(
        new ConnectError(`timeoutMs must be above 0, not ${timeoutMs}`, Code.InvalidArgument),
      );
      return;
    }
    if (signal !== undefined) {
      if (signal.aborted) {
        this.#outcome.onError(toCancelError(signal.reason, 'never-started'));
        return;
      }
      this.#cancelWatch = watchCancel(signal, this);
    }
    this.#caller.began();
    this.#span = this.#caller.tracing?.sent(
      this.#method.shape,
      this.#call.trace ?? this.#scope,
      this.#beganAtMs,
    );
    // A scope that is over cancels whatever is still begun in it.
    this.#scope?.adopt(this);
    if (!this.#done) this.#attempt(this.#timeoutMs);
  }

  /** As part of the same attempt: what was sent has reached nobody. */
  #sendAgain(): void {
    this.#attempts--;
    this.#attempt(this.#deadlineAtMs - performance.now());
  }

  #attempt(leftMs: number): void {
    if (leftMs <= 0) {
      this.#finish(this.#deadlineFault('never-started'));
      return;
    }
    const caller = this.#caller;
    const { subject, body, metadata } = this.#call;
    const trace = this.#span ?? this.#call.trace ?? this.#scope;
    this.#attempts++;
    this.#instance = undefined;
    this.#bundle = undefined;
    this.#largeReply?.close();
    this.#largeReply = undefined;
    try {
      const head = encodeRequestHead({
        timeoutMs: leftMs,
        traceparent: trace?.traceparent,
        tracestate: trace?.tracestate,
        identity: this.#call.identity ?? this.#scope?.identity,
        metadata,
      });
      this.#number = caller.open(this, leftMs, body.length + head.length);
      this.#sentAtMs = performance.now();
      caller.send(this, { subject, body, head, number: this.#number });
    } catch (error) {
      caller.table.close(this.#number);
      this.#finish(error as ConnectError);
    }
  }

  onReply(body: Uint8Array, head: Uint8Array | undefined): void {
    const reply = readReply(head, body);
    switch (reply.kind) {
      case 'message':
        this.#succeed(body, head);
        return;
      case 'no-responders':
        void this.#onNoResponders();
        return;
      case 'error':
        this.#fail(reply.fate === undefined ? reply.error : withFate(reply.error, reply.fate));
        return;
    }
  }

  /**
   * Nobody takes the method; whether anybody serves the service tells a missing method from a missing worker. A worker
   * that joins, or comes back to the broker, may have arrived between the two questions: so the call is sent once more.
   */
  async #onNoResponders(): Promise<void> {
    const { service, target } = this.#call;
    const served = target === undefined && (await this.#caller.served(service));
    if (this.#done) return;
    if (!served || this.#sentAgain) {
      this.#fail(noResponders(this.#call, served));
      return;
    }
    this.#sentAgain = true;
    this.#sendAgain();
  }

  /** The reply is too large for one message, and comes as a stream. */
  onPacket(body: Uint8Array): void {
    this.#largeReply ??= receiveLargeReply(this.#caller, this.#number, {
      maxMessageBytes: this.#call.maxMessageBytes ?? defaultMaxMessageBytes,
      onReply: (reply, head) => {
        this.#caller.table.close(this.#number);
        this.#succeed(reply, head);
      },
      onBroken: ({ kind, message, facts }) => {
        this.#caller.table.close(this.#number);
        const reason = kind === 'size' ? 'MESSAGE_TOO_LARGE' : 'STREAM_BROKEN';
        this.#fail(this.#fault(reason, message, 'may-have-run', facts));
      },
    });
    this.#largeReply.receive(body);
  }

  onReceipt(instance: string): void {
    this.#instance = instance;
  }

  get replyPrefix(): '' {
    return '';
  }

  get bundle(): number | undefined {
    return this.#bundle;
  }

  /** Nobody reads bundles any more: the call, which cannot have started, goes out alone. */
  onBundleRefused(): void {
    this.#sendAgain();
  }

  onDeadline(): void {
    this.#finish(this.#deadlineFault('may-have-run'));
  }

  onRefused(): void {
    const what = `the broker does not let this user publish to ${this.#call.subject}`;
    this.#fail(this.#fault('NOT_PERMITTED', what, 'never-started'));
  }

  onDisconnect(): void {
    this.#fail(
      this.#fault('DISCONNECTED', 'the connection to the broker broke before the reply', 'may-have-run'),
    );
  }

  onWorkerLost(instance: string | undefined): void {
    const who = instance === undefined ? 'the worker that took it is gone' : `its worker ${instance} is gone`;
    this.#fail(this.#fault('WORKER_LOST', who, 'may-have-run', instance === undefined ? {} : { instance }));
  }

  cancel(reason: unknown): void {
    if (this.#done) return;
    this.#caller.table.close(this.#number);
    const underWay = this.#attempts > 0 && this.#retryTimer === undefined;
    if (underWay) this.#caller.sendCancel(this, this.#number);
    this.#finish(toCancelError(reason, underWay ? 'may-have-run' : 'never-started'));
  }

  /** Hears in which bundle it left. */
  onBundled(bundle: number): void {
    this.#bundle = bundle;
  }

  #fail(error: ConnectError): void {
    if (callFate(error) === 'may-have-run') this.#mayHaveRun = true;
    const leftMs = this.#deadlineAtMs - performance.now();
    const waitMs = nextAttemptInMs({
      error,
      attempts: this.#attempts,
      idempotent: this.#call.idempotent,
      leftMs,
    });
    if (waitMs === undefined || !this.#caller.budget.withdraw()) {
      this.#finish(error);
      return;
    }
    this.#method.recorder.retried();
    this.#span?.event('retry', { attempt: this.#attempts + 1, reason: error.rawMessage, wait_ms: waitMs });
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      this.#attempt(this.#deadlineAtMs - performance.now());
    }, waitMs);
  }

  #succeed(body: Uint8Array, head: Uint8Array | undefined): void {
    this.#release();
    this.#note(undefined);
    this.#outcome.onReply(body, head);
  }

  #finish(error: ConnectError): void {
    if (this.#done) return;
    this.#release();
    // What this attempt never started, an earlier one may have run.
    if (this.#mayHaveRun && callFate(error) === 'never-started') withFate(error, 'may-have-run');
    this.#note(error);
    this.#outcome.onError(error);
  }

  #note(error: ConnectError | undefined): void {
    this.#method.recorder.ended(performance.now() - this.#beganAtMs, error);
    this.#span?.endCall(error, isClientFailure);
  }

  #release(): void {
    this.#done = true;
    this.#largeReply?.close();
    clearTimeout(this.#retryTimer);
    this.#scope?.release(this);
    this.#cancelWatch?.stop();
    this.#caller.ended();
  }

  #deadlineFault(fate: CallFate): ConnectError {
    return this.#fault('DEADLINE', `no reply within ${Math.round(this.#timeoutMs)} ms`, fate);
  }

  #fault(
    reason: FaultReason,
    what: string,
    fate: CallFate,
    facts: Record<string, string> = {},
  ): ConnectError {
    const method = `${this.#call.service}/${this.#call.method}`;
    return fault(reason, {
      message: `${method}: ${what}${fateText[fate]}`,
      fate,
      facts: { method, ...facts },
    });
  }
}
