import { type Context, createContextKey, ROOT_CONTEXT, type SpanContext } from '@opentelemetry/api';

// What the bus has settled about a span before its tracer is asked for it. A tracer that is not ours does not know these
// and decides for itself.

const ownKey = createContextKey('busline: the span that is begun');

/** Of a trace that begins here and is to be recorded. */
export const sampledRoot: Context = ROOT_CONTEXT.setValue(createContextKey('busline: a sampled root'), true);

/** A context whose next span has the given ids and flags: they were told to others before it was known whether it is recorded. */
export function withOwnSpan(parent: Context, own: SpanContext): Context {
  return parent.setValue(ownKey, own);
}

export function ownSpan(context: Context): SpanContext | undefined {
  return context.getValue(ownKey) as SpanContext | undefined;
}
