import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Deadline } from '../../connection/deadline-queue.ts';
import type { Logger } from '../../connection/logger.ts';
import type { Bundling, OutgoingMessage } from '../../connection/outbox.ts';
import { tickMs } from '../../connection/ticker.ts';
import { type CallFate, type FaultReason, fault, faultReason } from '../../errors/fault.ts';
import { encodeErrorReply, encodeReplyHead } from '../../wire/reply.ts';
import type { CallObserver } from './call-observer.ts';
import type { Job } from './job.ts';
import type { LargeReply } from './large-reply.ts';
import { toReplyError, withMetadata } from './reply-error.ts';
import type { ServerCall } from './server-call.ts';
import type { UnaryMethod } from './unary-method.ts';

/** What a job needs of the server it runs in. */
export interface JobHost {
  readonly log: Logger;
  /**
   * Sends a reply.
   *
   * @throws ConnectError MESSAGE_TOO_LARGE; a lost connection is not an error here, since the caller has been told.
   */
  reply(message: OutgoingMessage): void;
  /**
   * Sends a reply that is too large for one message, if it is and the caller can take it; undefined otherwise.
   * `onReplied` is called when it has left, or was abandoned.
   */
  replyLarge(job: UnaryJob, body: Uint8Array, head: Uint8Array | undefined): LargeReply | undefined;
  /** The job is over. `ran` tells whether it held a handler's place. */
  ended(job: Job, ran: boolean): void;
  /** Takes a waiting job out of the queue; false when it is running. */
  withdraw(job: Job): boolean;
}

export interface JobParts {
  readonly method: UnaryMethod;
  readonly observer: CallObserver;
  readonly call: ServerCall;
  /** How the reply may travel; undefined for a caller that reads no bundles. */
  readonly replyBundling: Bundling | undefined;
}

/** Reason of the abort that ends every call, whatever its outcome. */
const callOver = new ConnectError('the call is over', Code.Canceled);

/** One accepted call, from its arrival to the end of its handler. It is answered at most once. */
export class UnaryJob implements Job {
  readonly call: ServerCall;
  readonly #host: JobHost;
  readonly #method: UnaryMethod;
  readonly #observer: CallObserver;
  readonly #replyBundling: Bundling | undefined;
  #startedAtMs = 0;
  #answered = false;
  #failure: ConnectError | undefined;
  #largeReply: LargeReply | undefined;
  #deadline: Deadline | undefined;

  constructor(host: JobHost, parts: JobParts) {
    this.#host = host;
    this.#method = parts.method;
    this.#observer = parts.observer;
    this.call = parts.call;
    this.#replyBundling = parts.replyBundling;
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

  /** Ties the job to its place among the deadlines. */
  expireBy(deadline: Deadline): void {
    this.#deadline = deadline;
  }

  /** Runs the handler, unless the deadline passed while the call waited. */
  start(nowMs: number): void {
    this.#startedAtMs = nowMs;
    this.#observer.starts(this.call, nowMs);
    if (nowMs >= this.call.deadlineAtMs) {
      this.#refuse(this.#expired());
      this.#host.ended(this, true);
      return;
    }
    let request: Message;
    try {
      request = this.#method.decode(this.call.request.body);
    } catch (error) {
      this.#refuse(error as ConnectError);
      this.#host.ended(this, true);
      return;
    }
    let result: unknown;
    try {
      result = this.#method.run(request, this.call);
    } catch (thrown) {
      this.#fail(thrown);
      return;
    }
    if (isPromiseLike(result)) {
      result.then(
        (response) => this.#complete(response),
        (thrown) => this.#fail(thrown),
      );
    } else {
      this.#complete(result);
    }
  }

  /** The queue has no place, or no more time, for the job. */
  onOverload(message: string, pushbackMs: number): void {
    this.#refuse(this.#fault('OVERLOADED', message, { retryAfterMs: pushbackMs }));
    this.#host.ended(this, false);
  }

  onDeadline(): void {
    this.#interrupt(this.#expired());
  }

  onCancel(): void {
    // A caller whose deadline passes says so too, and mostly before this side's clock has noticed.
    if (performance.now() >= this.call.deadlineAtMs - 2 * tickMs) this.onDeadline();
    else this.#interrupt(this.#fault('CANCELLED', 'the caller cancelled the call'));
  }

  /** The worker must leave and waits no longer. */
  onDrainTimeout(): void {
    this.#interrupt(
      this.#fault('DRAIN_TIMEOUT', 'the worker is shutting down and could not wait for the call'),
    );
  }

  /** Answers for a job that is not done; a running handler is told by its signal and keeps its place until it ends. */
  #interrupt(error: ConnectError): void {
    if (this.#host.withdraw(this)) {
      this.#refuse(error);
      this.#host.ended(this, false);
      return;
    }
    this.#largeReply?.abandon();
    this.#answerError(error, 'may-have-run');
    this.call.abort(error);
  }

  #complete(response: unknown): void {
    if (!this.#answered) {
      try {
        const body = this.#method.encode(response);
        const metadata = this.call.responseMetadata;
        const head = metadata && encodeReplyHead(metadata.responseHeader, metadata.responseTrailer);
        this.#answered = true;
        this.#largeReply = this.#host.replyLarge(this, body, head);
        if (this.#largeReply !== undefined) return;
        this.#reply(body, head);
      } catch (thrown) {
        this.#answered = false;
        this.#answerError(this.#unsendable(thrown));
      }
    }
    this.#end();
  }

  /** A large reply is on its way. */
  onReplied(): void {
    this.#end();
  }

  #fail(thrown: unknown): void {
    if (!this.#answered) {
      const error = toReplyError(thrown, this.call, this.#host.log);
      const { responseHeader, responseTrailer } = this.call.responseMetadata ?? {};
      this.#answerError(withMetadata(error, responseHeader, responseTrailer));
    }
    this.#end();
  }

  #end(): void {
    this.#observer.ran(this.call, this.#startedAtMs, this.#failure);
    this.call.abort(callOver);
    this.#host.ended(this, true);
  }

  #refuse(error: ConnectError): void {
    this.#observer.refused(this.call, error);
    this.#answer(error, 'never-started');
    this.call.abort(error);
  }

  #answerError(error: ConnectError, fate?: CallFate): void {
    if (this.#answered) return;
    this.#failure = error;
    this.#answer(error, fate);
  }

  #answer(error: ConnectError, fate: CallFate | undefined): void {
    this.#answered = true;
    try {
      const { head, body } = encodeErrorReply(error, fate);
      this.#reply(body, head);
    } catch (unsendable) {
      // Details that are too large, or no messages of their type. Code and text always fit.
      this.#host.log.error(
        { err: unsendable, method: this.#name },
        'the details of an error could not be sent',
      );
      const { head, body } = encodeErrorReply(
        new ConnectError(error.rawMessage.slice(0, 1024), error.code),
        fate,
      );
      this.#reply(body, head);
    }
  }

  /** A response that cannot go out: no message of its type, metadata that cannot travel, more than one message may hold. */
  #unsendable(thrown: unknown): ConnectError {
    if (faultReason(thrown) === 'MESSAGE_TOO_LARGE') {
      return this.#fault(
        'MESSAGE_TOO_LARGE',
        `the response cannot be sent: ${(thrown as ConnectError).rawMessage}`,
      );
    }
    this.#host.log.error({ err: thrown, method: this.#name }, 'a handler answered with what cannot be sent');
    return this.#fault('BAD_RESPONSE', 'the handler answered with what cannot be sent');
  }

  #reply(body: Uint8Array, head: Uint8Array | undefined): void {
    const { replySubject } = this.call.request;
    if (replySubject === '') return;
    this.#host.reply({ subject: replySubject, body, head, reply: undefined, bundling: this.#replyBundling });
  }

  #expired(): ConnectError {
    return this.#fault('DEADLINE', `not done within ${this.call.request.timeoutMs} ms`);
  }

  get #name(): string {
    return `${this.call.service.typeName}/${this.call.method.name}`;
  }

  #fault(reason: FaultReason, what: string, extra: { retryAfterMs?: number } = {}): ConnectError {
    return fault(reason, { message: `${this.#name}: ${what}`, facts: { method: this.#name }, ...extra });
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
