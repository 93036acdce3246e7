import {
  type Span,
  type SpanKind,
  SpanKindSchema,
  type SpanStatus,
  SpanStatusSchema,
} from '@busline/schemas/busline/traces/v1/traces';

/**
 * The spans of one trace as text, each below the one it is part of, in the order they began: what they are called and by
 * whom, and how they ended. A span whose parent is missing stands beside the roots, and says so.
 */
export function spanTree(spans: readonly Span[], label = (span: Span): string => span.name): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const lines: string[] = [];
  const inOrder = spans.toSorted((a, b) => startNs(a) - startNs(b));
  const write = (parentSpanId: string, depth: number): void => {
    for (const span of inOrder) {
      if (span.parentSpanId !== parentSpanId) continue;
      lines.push('  '.repeat(depth) + label(span));
      write(span.spanId, depth + 1);
    }
  };
  write('', 0);
  for (const span of inOrder) {
    if (span.parentSpanId !== '' && !ids.has(span.parentSpanId)) lines.push(`orphan: ${label(span)}`);
  }
  return lines;
}

function startNs({ startTime }: Span): number {
  return Number(startTime?.seconds ?? 0n) * 1e6 + (startTime?.nanos ?? 0) / 1e3;
}

export function kindName(kind: SpanKind): string | undefined {
  return SpanKindSchema.value[kind]?.localName;
}

export function statusName(status: SpanStatus): string | undefined {
  return SpanStatusSchema.value[status]?.localName;
}
