import { durationMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { type ListTracesRequest, type Span, SpanStatus } from '@busline/schemas/busline/traces/v1/traces';
import { type KeptTrace, rootDurationMs } from './kept-trace.ts';

/** Whether a trace is one that was asked for. */
export type TraceFilter = (trace: KeptTrace) => boolean;

/** The filter of a request: all that is set must hold, the cheapest first. */
export function traceFilter(request: ListTracesRequest): TraceFilter {
  const { service, method, status, minDuration, attributes, event, startTime, endTime } = request;
  const checks: TraceFilter[] = [];
  if (startTime !== undefined) {
    const fromMs = timestampMs(startTime);
    checks.push((trace) => beganMs(trace) >= fromMs);
  }
  if (endTime !== undefined) {
    const untilMs = timestampMs(endTime);
    checks.push((trace) => beganMs(trace) < untilMs);
  }
  if (minDuration !== undefined) {
    const atLeastMs = durationMs(minDuration);
    checks.push(({ summary }) => rootDurationMs(summary) >= atLeastMs);
  }
  if (status === SpanStatus.ERROR) checks.push(({ summary }) => summary.errorCount > 0);
  if (status === SpanStatus.OK) checks.push(({ summary }) => summary.errorCount === 0);
  if (service !== '') checks.push(({ summary }) => summary.services.includes(service));
  if (method !== '') checks.push(({ spans }) => spans.some((span) => isOf(span, method)));
  if (event !== '')
    checks.push(({ spans }) => spans.some(({ events }) => events.some(({ name }) => name === event)));
  for (const wanted of attributes) {
    const matches = attributeFilter(wanted);
    checks.push(({ spans }) =>
      spans.some(
        (span) => matches(span.attributes) || span.events.some((found) => matches(found.attributes)),
      ),
    );
  }
  return (trace) => checks.every((holds) => holds(trace));
}

function beganMs({ summary }: KeptTrace): number {
  return summary.startTime === undefined ? 0 : timestampMs(summary.startTime);
}

function isOf({ attributes }: Span, method: string): boolean {
  return attributes['rpc.method'] === method || attributes['http.route'] === method;
}

/** @param wanted `key=value`, or `key` for any value */
function attributeFilter(wanted: string): (attributes: Readonly<Record<string, string>>) => boolean {
  const equals = wanted.indexOf('=');
  if (equals < 0) return (attributes) => Object.hasOwn(attributes, wanted);
  const key = wanted.slice(0, equals);
  const value = wanted.slice(equals + 1);
  return (attributes) => Object.hasOwn(attributes, key) && attributes[key] === value;
}
