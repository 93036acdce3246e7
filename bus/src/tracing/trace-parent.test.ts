import { describe, expect, it } from 'vitest';
import { isSampled, isTraceparent, randomHex, readTraceparent, writeTraceparent } from './trace-parent.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

describe('readTraceparent()', () => {
  it.each([0, 1, 0x2a, 0xff])('reads what was written, flags %d too', (traceFlags) => {
    const context = { traceId, spanId, traceFlags };
    expect(readTraceparent(writeTraceparent(context))).toEqual(context);
  });

  it.each([
    '',
    `00-${traceId}-${spanId}`,
    `01-${traceId}-${spanId}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${spanId}-01-more`,
  ])('knows that "%s" is none', (text) => {
    expect(readTraceparent(text)).toBeUndefined();
    expect(isTraceparent(text)).toBe(false);
  });
});

describe('isSampled()', () => {
  it('looks at the last bit of the flags', () => {
    for (let traceFlags = 0; traceFlags < 256; traceFlags++) {
      expect(isSampled(writeTraceparent({ traceId, spanId, traceFlags }))).toBe(traceFlags % 2 === 1);
    }
  });

  it('takes what is no traceparent for not sampled', () => {
    expect(isSampled('')).toBe(false);
    expect(isSampled('00-x')).toBe(false);
  });
});

describe('randomHex()', () => {
  it('gives ids of that many bytes, never the same twice', () => {
    const ids = Array.from({ length: 2_000 }, () => randomHex(8));
    expect(ids.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
