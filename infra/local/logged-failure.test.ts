import { expect, it } from 'vitest';
import { readFailure } from './logged-failure.ts';

const stack = [
  'Error: no such sku',
  '    at check (file:///shop/bus/src/scope.ts:3:1)',
  '    at file:///shop/workers/audit/on-quote-read.ts:7:32',
  '    at run (node:internal/x:65:14)',
].join('\n');
const entry = {
  level: 40,
  msg: 'an event failed and will be tried again',
  err: { type: 'Error', message: 'no such sku', stack },
  event: 'evt.quote.v1.QuoteRead.10.boom',
  attempt: 3,
  delayMs: 4204,
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
};

it('says what failed, why, where, and how to see more', () => {
  expect(readFailure(JSON.stringify(entry), '/shop')).toMatchObject({
    text: 'an event failed and will be tried again: no such sku',
    details: [
      'at workers/audit/on-quote-read.ts:7',
      'evt.quote.v1.QuoteRead.10.boom, attempt 3, again in 4.2 s',
      `npx busline trace show ${'a'.repeat(32)}`,
    ],
  });
});

it('says what there is to say', () => {
  const traceId = 'c'.repeat(32);
  const bare = { level: 50, msg: 'a handler failed', err: { message: '' }, method: 'a.v1.A/Do', traceId };
  expect(readFailure(JSON.stringify(bare), '/shop')).toMatchObject({
    text: 'a handler failed',
    details: ['a.v1.A/Do', `npx busline trace show ${traceId}`],
  });
});

it.each([
  ['text', 'listening on 8080'],
  ['half a line', '{"level":50,"err":{'],
  ['information', JSON.stringify({ ...entry, level: 30 })],
  ['what ends the process', JSON.stringify({ ...entry, level: 60 })],
  ['a warning without an error', JSON.stringify({ level: 40, msg: 'the edge is open' })],
])('leaves out %s', (_case, line) => {
  expect(readFailure(line, '/shop')).toBeUndefined();
});
