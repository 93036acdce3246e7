import { timestampMs } from '@bufbuild/protobuf/wkt';
import { type Span, SpanKind, SpanStatus, type Trace } from '@busline/schemas/busline/traces/v1/traces';
import { formatMs } from '../output/durations.ts';
import type { Output } from '../output/output.ts';
import type { Paint } from '../output/paint.ts';
import { shorten, textWidth } from '../output/text-width.ts';
import { exactMs, shortName } from './span-words.ts';

export interface WaterfallOptions {
  readonly width: number;
  readonly paint: Paint;
  /** A line for each thing that is known about a span. */
  readonly attributes: boolean;
}

interface Row {
  readonly span: Span;
  /** What stands before its name: the lines of the tree. */
  readonly tree: string;
  /** The same below it. */
  readonly below: string;
}

/** Columns of the bars, at least, and of the times. */
const leastBar = 10;
const timeWidth = 8;

/** As wide as lines of a trace are where nothing limits them, and at most, in columns. */
const usualWidth = 120;
const mostWidth = 160;

/** The lines of a trace, as wide as the terminal is. */
export function linesOfTrace(
  { spans }: Trace,
  { width, paint }: Pick<Output, 'width' | 'paint'>,
  attributes: boolean,
): string[] {
  const columns = Number.isFinite(width) ? Math.min(width, mostWidth) : usualWidth;
  return waterfall(spans, { width: columns, paint, attributes });
}

/** Lines of a trace: a tree of spans on the left, their place in time on the right. */
export function waterfall(spans: readonly Span[], { width, paint, attributes }: WaterfallOptions): string[] {
  const rows = rowsOf(spans);
  const begins = spans.map(beginOf);
  const startMs = Math.min(...begins);
  const totalMs = Math.max(...spans.map((span) => beginOf(span) + tookMs(span))) - startMs;
  const titles = rows.map(({ span, tree }) => `${tree}${titleOf(span)}`);
  const titleWidth = Math.min(
    Math.max(...titles.map(textWidth)),
    Math.max(24, width - leastBar - timeWidth - 4, Math.floor(width / 2)),
  );
  const barWidth = Math.max(leastBar, width - titleWidth - timeWidth - 4);
  return rows.flatMap(({ span, below }, index) => {
    const failed = span.status === SpanStatus.ERROR;
    const title = shorten(titles[index] ?? '', titleWidth);
    const bar = barOf(span, { startMs, totalMs, barWidth });
    const time = formatMs(tookMs(span)).padStart(timeWidth);
    const mark = failed ? paint.bad : kindPaint(span.kind, paint);
    const line = `${failed ? paint.bad(title) : title}${' '.repeat(titleWidth - textWidth(title))}  ${time}  ${mark(bar)}`;
    return [line.trimEnd(), ...detailsOf(span, { below, paint, attributes })];
  });
}

function detailsOf(
  { status, statusMessage, attributes: known, events }: Span,
  {
    below,
    paint,
    attributes,
  }: { readonly below: string; readonly paint: Paint; readonly attributes: boolean },
): string[] {
  const lines: string[] = [];
  if (status === SpanStatus.ERROR && statusMessage !== '')
    lines.push(`${below}  ${paint.bad(statusMessage)}`);
  if (!attributes) return lines;
  for (const [name, value] of Object.entries(known).sort())
    lines.push(`${below}  ${paint.dim(`${name} = ${value}`)}`);
  for (const { name } of events) lines.push(`${below}  ${paint.dim(`event ${name}`)}`);
  return lines;
}

/** Spans in the order of a walk through their tree; what has no parent here is a root. */
function rowsOf(spans: readonly Span[]): Row[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const children = Map.groupBy(spans, ({ parentSpanId, spanId }) =>
    ids.has(parentSpanId) && parentSpanId !== spanId ? parentSpanId : '',
  );
  const rows: Row[] = [];
  const seen = new Set<Span>();
  const walk = (span: Span, tree: string, below: string): void => {
    // Ids come from elsewhere: a circle must not go on for ever.
    if (seen.has(span)) return;
    seen.add(span);
    const parts = (children.get(span.spanId) ?? []).toSorted((a, b) => beginOf(a) - beginOf(b));
    rows.push({ span, tree, below: parts.length > 0 ? `${below}│ ` : `${below}  ` });
    parts.forEach((part, index) => {
      const isLast = index === parts.length - 1;
      walk(part, `${below}${isLast ? '└ ' : '├ '}`, `${below}${isLast ? '  ' : '│ '}`);
    });
  };
  for (const root of (children.get('') ?? []).toSorted((a, b) => beginOf(a) - beginOf(b))) walk(root, '', '');
  for (const span of spans) walk(span, '', '');
  return rows;
}

function titleOf({ service, name, kind }: Span): string {
  return `${service} ${kindMark(kind)}${shortName(name)}`;
}

function kindMark(kind: SpanKind): string {
  if (kind === SpanKind.CLIENT) return '→ ';
  if (kind === SpanKind.PRODUCER) return '⇢ ';
  return kind === SpanKind.CONSUMER ? '⇠ ' : '';
}

function kindPaint(kind: SpanKind, paint: Paint): (text: string) => string {
  if (kind === SpanKind.CLIENT || kind === SpanKind.PRODUCER) return paint.dim;
  return kind === SpanKind.CONSUMER ? paint.warn : paint.good;
}

function barOf(
  span: Span,
  {
    startMs,
    totalMs,
    barWidth,
  }: { readonly startMs: number; readonly totalMs: number; readonly barWidth: number },
): string {
  const scale = totalMs === 0 ? 0 : barWidth / totalMs;
  const from = Math.min(barWidth - 1, Math.floor((beginOf(span) - startMs) * scale));
  const length = Math.max(1, Math.min(barWidth - from, Math.round(tookMs(span) * scale)));
  return `${' '.repeat(from)}${'━'.repeat(length)}`;
}

function beginOf({ startTime }: Span): number {
  return startTime === undefined ? 0 : timestampMs(startTime) + (startTime.nanos % 1_000_000) / 1e6;
}

function tookMs({ duration }: Span): number {
  return exactMs(duration) ?? 0;
}
