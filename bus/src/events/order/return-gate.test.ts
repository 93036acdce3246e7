import { describe, expect, it } from 'vitest';
import { createReturnGate } from './return-gate.ts';

describe('createReturnGate()', () => {
  it('is open where nothing was under way', () => {
    expect(createReturnGate(10, 0).open).toBe(true);
  });

  it('opens when all that was under way has come again', () => {
    const gate = createReturnGate(10, 2);
    const states = [11, 9, 9, 12, 10].map((sequence) => {
      gate.received(sequence);
      return gate.open;
    });
    expect(states).toEqual([false, false, false, false, true]);
  });

  it('opens when the rest was acknowledged by its former owner', () => {
    const gate = createReturnGate(10, 3);
    gate.received(9);
    gate.looked({ unacknowledged: 2, held: 1 });
    expect(gate.open).toBe(false);
    gate.looked({ unacknowledged: 1, held: 1 });
    expect(gate.open).toBe(true);
  });
});
