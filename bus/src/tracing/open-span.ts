import { Code, ConnectError } from '@connectrpc/connect';
import { type Attributes, type Context, type Span, SpanStatusCode } from '@opentelemetry/api';
import { codeTable } from '../errors/code-table.ts';
import { faultReason } from '../errors/fault.ts';
import { attribute } from './attributes.ts';
import { writeTraceparent } from './trace-parent.ts';

/** A span that is being recorded, with what goes on to whatever is part of it. */
export class OpenSpan {
  /** For spans within it, in this process. */
  readonly context: Context;
  /** For spans within it, elsewhere. */
  readonly traceparent: string;
  readonly tracestate: string | undefined;
  readonly #span: Span;

  constructor(span: Span, context: Context, tracestate: string | undefined) {
    this.#span = span;
    this.context = context;
    this.traceparent = writeTraceparent(span.spanContext());
    this.tracestate = tracestate;
  }

  set(name: string, value: string | number | boolean): void {
    this.#span.setAttribute(name, value);
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  /** Notes what happens now. */
  event(name: string, attributes: Attributes): void {
    this.#span.addEvent(name, attributes, performance.now());
  }

  end(): void {
    this.#span.end(performance.now());
  }

  /** Ends the span of a call: `OK` without an error. */
  endCall(error: ConnectError | undefined, isFailure: (code: Code) => boolean): void {
    if (error === undefined) this.set(attribute.rpcStatus, 'OK');
    else this.noteError(error, isFailure(error.code));
    this.end();
  }

  /** Notes an error of the bus. Its text is one that the caller sees: that of an unknown throw stays in the log. */
  noteError(error: ConnectError, isFailure: boolean): void {
    const { name } = codeTable[error.code];
    const reason = faultReason(error);
    this.set(attribute.rpcStatus, name);
    if (reason !== undefined) this.set(attribute.reason, reason);
    if (!isFailure) return;
    this.set(attribute.errorType, name);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: error.rawMessage });
  }

  /** Ends the span of something that failed. */
  endFailed(thrown: unknown): void {
    if (thrown instanceof ConnectError) this.noteError(thrown, true);
    // The text of an unknown throw stays in the log.
    else this.fail(thrown instanceof Error ? thrown.name : typeof thrown, 'failed unexpectedly');
    this.end();
  }

  /** Notes an error that has no code. */
  fail(type: string, message: string): void {
    this.set(attribute.errorType, type);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
}

/** Errors that are the server's own; the others are its answer (OpenTelemetry's conventions for RPC servers). */
export function isServerFailure(code: Code): boolean {
  return serverFailures.has(code);
}

const serverFailures: ReadonlySet<Code> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);

/** To a caller, whatever is not OK is a failure. */
export function isClientFailure(): boolean {
  return true;
}
