import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import type { PendingEvent } from '@busline/schemas/busline/state/v1/pending';
import { describe, expect, it } from 'vitest';
import { collectEvents, publishable } from './emitted-events.ts';

let ids = 0;
const emitAll = (...emitted: readonly { subject: string; replaces: boolean }[]) => {
  ids = 0;
  let subject = '';
  const collected = collectEvents({
    where: 'here',
    waiting: [],
    prepare: () => ({
      id: `${subject}${++ids}`,
      key: undefined,
      subject,
      head: new Uint8Array(0),
      body: new Uint8Array(0),
    }),
  });
  for (const { subject: next, replaces } of emitted) {
    subject = next;
    collected.emit(CountedSchema, {}, { replacesWaiting: replaces });
  }
  return collected.waiting;
};
const state = (subject: string) => ({ subject, replaces: true });
const fact = (subject: string) => ({ subject, replaces: false });
const idsOf = (events: readonly PendingEvent[]) => events.map(({ id }) => id);

describe('collectEvents()', () => {
  it.each([
    { what: 'facts stay', emitted: [fact('a'), fact('a')], left: ['a1', 'a2'] },
    {
      what: 'of states the first and the last stay',
      emitted: [state('a'), state('a'), state('a')],
      left: ['a1', 'a3'],
    },
    {
      what: 'a state takes the place of no fact',
      emitted: [state('b'), fact('a'), state('a')],
      left: ['b1', 'a2', 'a3'],
    },
    {
      what: 'other subjects are left alone',
      emitted: [state('a'), state('b'), state('b')],
      left: ['a1', 'b3'],
    },
  ])('$what', ({ emitted, left }) => {
    expect(idsOf(emitAll(...emitted))).toEqual(left);
  });
});

describe('publishable()', () => {
  it.each([
    { what: 'all facts', emitted: [fact('a'), fact('b')], now: ['a1', 'b2'] },
    {
      what: 'facts, and the first state behind them',
      emitted: [fact('a'), state('b'), fact('c'), state('b')],
      now: ['a1', 'b2'],
    },
    { what: 'nothing', emitted: [], now: [] },
  ])('is $what', ({ emitted, now }) => {
    expect(idsOf(publishable(emitAll(...emitted)))).toEqual(now);
  });
});
