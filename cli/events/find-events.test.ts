import { describe, expect, it } from 'vitest';
import { contractsFolder, findEvents } from './find-events.ts';

describe('findEvents()', () => {
  it('finds the events of the application, and none of the bus itself', async () => {
    const names = (await findEvents(contractsFolder)).map(({ typeName }) => typeName);
    expect(names).toContain('orders.v1.OrderPlaced');
    expect(names.filter((name) => name.startsWith('busline.'))).toEqual([]);
    expect(names).toEqual(names.toSorted());
  });
});
