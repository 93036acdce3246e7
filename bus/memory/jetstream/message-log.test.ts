import { describe, expect, it } from 'vitest';
import { createMessageLog } from './message-log.ts';

function logOf(...subjects: string[]) {
  const log = createMessageLog();
  for (const subject of subjects) {
    log.append({ subject, head: undefined, body: Buffer.from('12'), timeMs: 0, expiresAtMs: Infinity });
  }
  return log;
}

describe('a message log', () => {
  it('finds by sequence and by subject, across gaps', () => {
    const log = logOf('a.1', 'a.2', 'b.1', 'a.1');
    log.remove(2);

    expect(log.next(1, ['a.*'])?.sequence).toBe(1);
    expect(log.next(2, ['a.*'])?.sequence).toBe(4);
    expect(log.next(2, [])?.sequence).toBe(3);
    expect(log.lastOf('a.1')?.sequence).toBe(4);
    expect(log.firstOf('a.1')?.sequence).toBe(1);
    expect(log.countOf('a.2')).toBe(0);
    expect([...log.subjects()]).toEqual(['a.1', 'b.1']);
  });

  it('counts what is there, and never gives a sequence twice', () => {
    const log = logOf('a', 'a');
    expect(log.bytes).toBe(6);
    expect(log.remove(2)).toBe(true);
    expect(log.remove(2)).toBe(false);
    log.remove(1);

    expect(log).toMatchObject({ size: 0, bytes: 0, lastSequence: 2, firstSequence: 3 });
  });
});
