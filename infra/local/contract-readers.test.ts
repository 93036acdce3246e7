import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { contractReaders } from './contract-readers.ts';

async function project(): Promise<string> {
  const root = await temporaryDirectory();
  const files = {
    'schemas/gen/money/v1/money_pb.ts': '',
    'schemas/gen/orders/v1/orders_pb.ts': `import type { Money } from "../../money/v1/money_pb.ts";`,
    'schemas/gen/quote/v1/quote_pb.ts': '',
    'schemas/gen/busline/rpc_pb.ts': '',
    'schemas/gen/edge/v1/edge_pb.ts': '',
    'workers/orders/place-order.ts': `import { OrderService } from '@shop/schemas/orders/v1/orders';`,
    'workers/quote/main.ts': `const { QuoteService } = await import('@shop/schemas/quote/v1/quote');`,
    'workers/quote/quote.test.ts': `import { OrderService } from '@shop/schemas/orders/v1/orders';`,
    'bus/src/wire.ts': `export { Rpc } from '@busline/schemas/busline/rpc';`,
    'api/src/app.ts': `import { Edge } from '@busline/schemas/gen/edge/v1/edge_pb.js';`,
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
  return root;
}

it.each([
  ['its own worker', 'quote/v1/quote_pb.ts', { workers: new Set(['quote']), edge: false }],
  ['who reads it through another', 'money/v1/money_pb.ts', { workers: new Set(['orders']), edge: false }],
  ['the edge', 'edge/v1/edge_pb.ts', { workers: new Set(), edge: true }],
  ['all, where the bus reads it', 'busline/rpc_pb.ts', { workers: 'all', edge: true }],
  ['all, where it is no contract', 'index.ts', { workers: 'all', edge: true }],
  ['nobody', 'news/v1/news_pb.ts', { workers: new Set(), edge: false }],
])('finds %s', async (_case, file, expected) => {
  expect(await contractReaders(await project(), [`schemas/gen/${file}`])).toEqual(expected);
});
