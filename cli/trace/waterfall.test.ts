import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Span, SpanKind, SpanSchema, SpanStatus } from '@busline/schemas/busline/traces/v1/traces';
import { describe, expect, it } from 'vitest';
import { createPaint } from '../output/paint.ts';
import { waterfall } from './waterfall.ts';

function span(
  spanId: string,
  parentSpanId: string,
  [fromMs, tookMs]: [number, number],
  parts: MessageInitShape<typeof SpanSchema>,
): Span {
  return create(SpanSchema, {
    ...parts,
    spanId,
    parentSpanId,
    startTime: timestampFromMs(fromMs),
    duration: durationFromMs(tookMs),
  });
}

const spans = [
  span('c', 'b', [10, 40], { service: 'orders', name: 'Place', kind: SpanKind.SERVER }),
  span('a', '', [0, 100], { service: 'edge', name: 'POST', kind: SpanKind.SERVER }),
  span('d', 'c', [20, 20], {
    service: 'pay',
    name: 'Charge',
    status: SpanStatus.ERROR,
    statusMessage: 'declined',
  }),
  span('b', 'a', [10, 50], { service: 'edge', name: 'Place', kind: SpanKind.CLIENT }),
  span('e', 'gone', [90, 10], { service: 'mail', name: 'Placed', kind: SpanKind.CONSUMER }),
];
const draw = (of: Span[], width: number) =>
  waterfall(of, { width, paint: createPaint(false), attributes: false });

describe('waterfall()', () => {
  it('draws the tree, and each span at its time', () => {
    expect(draw(spans, 60)).toEqual([
      'edge POST           100 ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━',
      '└ edge → Place     50.0 ms     ━━━━━━━━━━━━━━━━',
      '  └ orders Place   40.0 ms     ━━━━━━━━━━━━━',
      '    └ pay Charge   20.0 ms        ━━━━━━',
      '          declined',
      'mail ⇠ Placed      10.0 ms                              ━━━',
    ]);
  });

  it('stays within the terminal', () => {
    const long = spans.map((one) => ({ ...one, name: one.name.repeat(20) }));
    for (const width of [60, 80, 120])
      expect(Math.max(...draw(long, width).map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it('ends with spans that call each other parent', () => {
    const circle = [span('x', 'y', [0, 1], { name: 'x' }), span('y', 'x', [0, 1], { name: 'y' })];
    expect(draw(circle, 60)).toHaveLength(2);
  });
});
