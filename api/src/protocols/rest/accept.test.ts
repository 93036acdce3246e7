import { expect, it } from 'vitest';
import { prefersEvents } from './accept.ts';

it.each([
  [undefined, false],
  ['*/*', false],
  ['application/json', false],
  ['application/x-ndjson', false],
  ['text/event-stream', true],
  ['Text/Event-Stream; charset=utf-8', true],
  ['text/html, text/event-stream;q=0.5', true],
  ['application/x-ndjson, text/event-stream', false],
  ['application/x-ndjson;q=0.5, text/event-stream', true],
  ['text/event-stream;q=0', false],
])('%s', (accept, events) => {
  expect(prefersEvents(accept)).toBe(events);
});
