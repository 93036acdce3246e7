import { describe, expect, it } from 'vitest';
import { contractsOf } from '../contracts/generated-files.ts';
import { findEvents } from './find-events.ts';

const root = new URL('../..', import.meta.url).pathname;

describe('findEvents()', () => {
  it('finds the events of the application, and none of the bus itself', async () => {
    const names = (await findEvents(contractsOf(root))).map(({ typeName }) => typeName);
    expect(names).toContain('orders.v1.OrderPlaced');
    expect(names.filter((name) => name.startsWith('busline.'))).toEqual([]);
    expect(names).toEqual(names.toSorted());
  });
});
