import { randomFillSync } from 'node:crypto';
import type { SpanContext } from '@opentelemetry/api';

/**
 * A W3C traceparent of version 00, its ids not all zeros (Trace Context, section 3.2): 55 characters,
 * `00-<trace id>-<span id>-<flags>`.
 */
const shape = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

export function isTraceparent(text: string): boolean {
  return shape.test(text);
}

/** The context that a traceparent names; undefined for one that is none. */
export function readTraceparent(
  text: string,
): Pick<SpanContext, 'traceId' | 'spanId' | 'traceFlags'> | undefined {
  if (!shape.test(text)) return undefined;
  return {
    traceId: traceIdOf(text),
    spanId: text.slice(36, 52),
    traceFlags: Number.parseInt(text.slice(53), 16),
  };
}

export function writeTraceparent({
  traceId,
  spanId,
  traceFlags,
}: Pick<SpanContext, 'traceId' | 'spanId' | 'traceFlags'>): string {
  return `00-${traceId}-${spanId}-${traceFlags < 16 ? '0' : ''}${traceFlags.toString(16)}`;
}

/** The trace id within a traceparent. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** Whether a traceparent says that its trace is recorded: the last bit of its flags. Nothing else of it is looked at. */
export function isSampled(traceparent: string): boolean {
  const digit = traceparent.charCodeAt(54);
  // `0` to `9`, `a` to `f`: of both, the odd codes are `1`, `3`, … and `a`, `c`, `e`.
  return digit > 0x39 ? (digit & 1) === 0 : (digit & 1) === 1;
}

// Random bytes are drawn by the page: a system call per id would cost more than the rest of the id.
const page = Buffer.allocUnsafeSlow(4096);
let used = page.length;

/** `byteLength` random bytes as lower-case hexadecimal: 16 for a trace id, 8 for a span id. */
export function randomHex(byteLength: number): string {
  if (used + byteLength > page.length) {
    randomFillSync(page);
    used = 0;
  }
  used += byteLength;
  return page.toString('hex', used - byteLength, used);
}
