import { describe, expect, it } from 'vitest';
import { affectedBy, isNothing } from './affected.ts';

const nothing = { workers: new Set(), edge: false, contracts: false, generated: new Set() };

describe('affectedBy()', () => {
  it.each([
    ['a file of a worker', ['workers/orders/place-order.ts'], { workers: new Set(['orders']) }],
    ['a file deeper in a worker', ['workers/orders/sql/order.ts'], { workers: new Set(['orders']) }],
    ["a worker's package.json", ['workers/orders/package.json'], { workers: new Set(['orders']) }],
    ['two workers', ['workers/a/main.ts', 'workers/b/main.ts'], { workers: new Set(['a', 'b']) }],
    ['the bus', ['bus/src/bus.ts'], { workers: 'all', edge: true }],
    ['the bus and a worker', ['bus/src/bus.ts', 'workers/a/main.ts'], { workers: 'all', edge: true }],
    ['generated contracts', ['schemas/gen/a_pb.ts'], { generated: new Set(['schemas/gen/a_pb.ts']) }],
    ['the edge', ['api/src/app.ts'], { edge: true }],
    ['a contract', ['schemas/orders/v1/orders.proto'], { contracts: true }],
    [
      'a contract and a worker',
      ['schemas/a/a.proto', 'workers/a/main.ts'],
      { contracts: true, workers: new Set(['a']) },
    ],
  ])('%s', (_case, paths, expected) => {
    expect(affectedBy(paths)).toEqual({ ...nothing, ...expected });
  });

  it.each([
    'workers/orders/order.test.ts',
    'workers/orders/.place-order.ts.swp',
    'workers/orders/place-order.ts~',
    'workers/orders/README.md',
    'workers/orders/node_modules/x/index.ts',
    'workers/orders',
    'bus/testing/start-nats.ts',
    'bus/test/unary.test.ts',
    'docs/start.md',
    'infra/local/stack.ts',
    'schemas/third_party/README.md',
  ])('%s affects nothing', (path) => {
    expect(isNothing(affectedBy([path]))).toBe(true);
  });
});
