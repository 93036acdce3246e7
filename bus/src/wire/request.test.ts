import { describe, expect, it } from 'vitest';
import { encodeRequestHead, maxTimeoutMs, readRequestEnvelope, readRequestMetadata } from './request.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const textOf = (block: Uint8Array): string => Buffer.from(block).toString();

/** The same head with a field before it that keeps it off the plain fast path. */
const roundabout = (text: string): Uint8Array => bytes(text.replace('NATS/1.0\r\n', 'NATS/1.0\r\nx: y\r\n'));

describe('encodeRequestHead()', () => {
  it('writes deadline, trace and metadata', () => {
    const head = encodeRequestHead({
      timeoutMs: 2_500,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=1',
      metadata: [['X-Tenant', 'acme']],
    });
    expect(textOf(head)).toBe(
      'NATS/1.0\r\nbl-timeout: 2500\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n' +
        'tracestate: vendor=1\r\nx-tenant: acme\r\n\r\n',
    );
  });

  it.each([
    [10_000, 10_000],
    [0.2, 1],
    [1.5, 2],
    [0, 1],
    [-3, 1],
    [maxTimeoutMs, maxTimeoutMs],
    [maxTimeoutMs + 1, maxTimeoutMs],
    [1e12, maxTimeoutMs],
    [Number.POSITIVE_INFINITY, maxTimeoutMs],
  ])('sends a deadline of %d ms as %d, with and without metadata', (timeoutMs, sent) => {
    expect(textOf(encodeRequestHead({ timeoutMs }))).toBe(`NATS/1.0\r\nbl-timeout: ${sent}\r\n\r\n`);
    expect(readRequestEnvelope(encodeRequestHead({ timeoutMs, metadata: [['a', 'b']] })).timeoutMs).toBe(
      sent,
    );
  });

  it('sends the trace that the metadata names instead of its own', () => {
    const head = encodeRequestHead({
      timeoutMs: 1,
      traceparent: '00-aa-bb-01',
      tracestate: 'vendor=1',
      metadata: [['Traceparent', '00-cc-dd-01']],
    });
    expect(textOf(head)).toBe('NATS/1.0\r\nbl-timeout: 1\r\ntraceparent: 00-cc-dd-01\r\n\r\n');
  });

  it('is not misled by a value or a name that only looks like a trace', () => {
    const head = encodeRequestHead({
      timeoutMs: 1,
      traceparent: '00-aa-bb-01',
      metadata: [
        ['x-traceparent', 'a'],
        ['a', 'traceparent: b'],
      ],
    });
    expect(readRequestEnvelope(head).traceparent).toBe('00-aa-bb-01');
  });

  it('leaves tracestate out where there is no traceparent', () => {
    const head = encodeRequestHead({ timeoutMs: 1, tracestate: 'vendor=1', metadata: [] });
    expect(textOf(head)).toBe('NATS/1.0\r\nbl-timeout: 1\r\n\r\n');
  });

  it('refuses metadata that cannot travel', () => {
    expect(() => encodeRequestHead({ timeoutMs: 1, metadata: [['bl-x', 'y']] })).toThrow(/reserved/);
  });
});

describe('readRequestEnvelope()', () => {
  it('of a request without headers is empty', () => {
    expect(readRequestEnvelope(undefined)).toEqual({});
  });

  const heads: [text: string, timeoutMs: number | undefined][] = [
    ['NATS/1.0\r\nbl-timeout: 10000\r\n\r\n', 10_000],
    ['NATS/1.0\r\nbl-timeout: 1\r\n\r\n', 1],
    ['NATS/1.0\r\nbl-timeout: 0000000005\r\n\r\n', 5],
    ['NATS/1.0\r\nbl-timeout: 2147483647\r\n\r\n', maxTimeoutMs],
    ['NATS/1.0\r\nbl-timeout: 9999999999\r\n\r\n', maxTimeoutMs],
    ['NATS/1.0\r\nbl-timeout:500\r\n\r\n', 500],
    ['NATS/1.0\r\nbl-timeout:  500 \r\n\r\n', 500],
    ['NATS/1.0\r\nbl-timeout: 1\r\nbl-timeout: 2\r\n\r\n', 2],
    // Ill-formed blocks: whatever they mean, they mean it on both paths.
    ['NATS/1.0\r\nbl-timeout: 5000\r\n', 5_000],
    ['NATS/1.0\r\nbl-timeout: 5000', 5_000],
    ['NATS/1.0\r\nbl-timeout: 500\n\r\n', 500],
    ['NATS/1.0\r\nbl-timeout: 5abcd', undefined],
    // A deadline that is no positive whole number counts as absent.
    ['NATS/1.0\r\nbl-timeout: 0\r\n\r\n', undefined],
    ['NATS/1.0\r\nbl-timeout: 00\r\n\r\n', undefined],
    ['NATS/1.0\r\nbl-timeout: -1\r\n\r\n', undefined],
    ['NATS/1.0\r\nbl-timeout: +1\r\n\r\n', undefined],
    ['NATS/1.0\r\nbl-timeout: 1.5\r\n\r\n', undefined],
    ['NATS/1.0\r\nbl-timeout: 1e3\r\n\r\n', undefined],
    ['NATS/1.0\r\nbl-timeout: 0x10\r\n\r\n', undefined],
    ['NATS/1.0\r\nbl-timeout: 10s\r\n\r\n', undefined],
    ['NATS/1.0\r\nbl-timeout: 10000000000\r\n\r\n', undefined],
    ['NATS/1.0\r\nbl-timeout: \r\n\r\n', undefined],
    ['NATS/1.0\r\nbl-timeout\r\n\r\n', undefined],
    ['NATS/1.0\r\nBL-TIMEOUT: 5\r\n\r\n', undefined],
    ['NATS/1.0\r\n\r\n', undefined],
    ['', undefined],
  ];
  it.each(heads)('reads %j as %s, on the fast path as on the general one', (text, timeoutMs) => {
    expect(readRequestEnvelope(bytes(text)).timeoutMs).toBe(timeoutMs);
    expect(readRequestEnvelope(roundabout(text)).timeoutMs).toBe(timeoutMs);
  });

  it('reads what encodeRequestHead() wrote, for any head', () => {
    const random = seededRandom(20_261_123);
    const pick = (limit: number): number => Math.floor(random() * limit);
    const word = (): string => Array.from({ length: 1 + pick(8) }, () => 'abcdefgh-z019'[pick(13)]).join('');
    for (let round = 0; round < 2_000; round++) {
      const head = {
        timeoutMs: 1 + pick(10 ** (1 + pick(9))),
        traceparent: pick(2) === 0 ? undefined : `00-${word()}-${word()}-01`,
        tracestate: pick(2) === 0 ? undefined : word(),
        metadata:
          pick(3) === 0
            ? undefined
            : Array.from({ length: pick(4) }, (): [string, string] => [`x-${word()}`, `${word()} ${word()}`]),
      };
      const block = encodeRequestHead(head);
      expect(readRequestEnvelope(block), textOf(block)).toEqual({
        timeoutMs: head.timeoutMs,
        traceparent: head.traceparent,
        tracestate: head.traceparent === undefined ? undefined : head.tracestate,
      });
      const read = readRequestMetadata(block);
      const expected = new Headers(head.metadata ?? []);
      for (const [name, value] of expected) expect(read.get(name), textOf(block)).toBe(value);
    }
  });
});

describe('readRequestMetadata()', () => {
  it('gives the fields of the user, whatever the case of their names', () => {
    const head = bytes(
      'NATS/1.0\r\nbl-timeout: 1\r\nX-Tenant: Acme\r\nNats-Msg-Id: 7\r\nx-a: 1\r\nx-a: 2\r\n\r\n',
    );
    expect([...readRequestMetadata(head)]).toEqual([
      ['x-a', '1, 2'],
      ['x-tenant', 'Acme'],
    ]);
  });

  it('leaves out what Fetch headers cannot hold', () => {
    const head = bytes('NATS/1.0\r\nbad name: 1\r\nx-wide: ✓\r\nx-a: 1\r\n\r\n');
    expect([...readRequestMetadata(head)]).toEqual([['x-a', '1']]);
  });

  it('of a request without headers is empty', () => {
    expect([...readRequestMetadata(undefined)]).toEqual([]);
  });
});

/** Numbers from 0 to 1, the same ones for the same seed (Park and Miller's generator). */
function seededRandom(seed: number): () => number {
  let state = seed % 2_147_483_647;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
