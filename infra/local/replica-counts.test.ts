import { describe, expect, it } from 'vitest';
import { planWorkers } from './replica-counts.ts';

const folder = (name: string, replicas: number) => ({
  name,
  replicas,
  entry: `/w/${name}/main.ts`,
  example: undefined,
});
const folders = [folder('greeter', 1), folder('orders', 2)];

describe('planWorkers()', () => {
  it.each([
    [{}, { greeter: 1, orders: 2 }],
    [{ orders: 4 }, { greeter: 1, orders: 4 }],
    [{ greeter: 0 }, { greeter: 0, orders: 2 }],
  ])('%j', (requested, counts) => {
    const planned = planWorkers(folders, requested).map(({ folder, count }) => [folder.name, count]);
    expect(Object.fromEntries(planned)).toEqual(counts);
  });

  it('runs none of those that are not named', () => {
    const planned = planWorkers(folders, { greeter: 3 }, ['greeter']).map(({ count }) => count);
    expect(planned).toEqual([3, 0]);
    expect(() => planWorkers(folders, {}, ['greeter', 'order'])).toThrow("unknown worker 'order'.");
  });

  it.each([
    [folders, { order: 4 }, "unknown worker 'order'. There are: greeter, orders."],
    [folders, { a: 1, b: 1 }, "unknown worker 'a', 'b'. There are: greeter, orders."],
    [[], { a: 1 }, "unknown worker 'a'. There is none in workers/."],
  ])('refuses a name without a folder', (known, requested, message) => {
    expect(() => planWorkers(known, requested)).toThrow(message);
  });
});
