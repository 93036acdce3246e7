import { create } from '@bufbuild/protobuf';
import { PendingEventSchema } from '@busline/schemas/busline/state/v1/pending';
import { headers } from '@nats-io/nats-core';
import { describe, expect, it } from 'vitest';
import {
  causeMark,
  causesKept,
  type EntryNotes,
  noNotes,
  readNotes,
  withCause,
  writeNotes,
} from './entry-head.ts';

const event = create(PendingEventSchema, {
  id: 'e1',
  subject: 'evt.a.v1.Made.0._',
  head: new Uint8Array([1, 255]),
  body: new Uint8Array([2]),
});

describe('the notes of an entry', () => {
  it.each<[string, EntryNotes]>([
    ['nothing', noNotes],
    ['causes', { causes: ['a', 'b'], pending: [] }],
    ['events', { causes: [], pending: [event] }],
    ['both', { causes: ['a'], pending: [event, { ...event, id: 'e2' }] }],
  ])('are read as they were written: %s', (_, notes) => {
    expect(readNotes(writeNotes(notes) ?? headers())).toEqual(notes);
  });

  it('take no room when there are none', () => {
    expect(writeNotes(noNotes)).toBeUndefined();
  });

  it('forget the oldest cause when there are too many', () => {
    const causes = Array.from({ length: causesKept }, (_, n) => String(n));
    const next = withCause({ causes, pending: [event] }, causeMark('new'));
    expect(next.causes).toHaveLength(causesKept);
    expect(next.causes.at(-1)).toBe(causeMark('new'));
    expect(next.causes).not.toContain('0');
    expect(next.pending).toEqual([event]);
  });
});
