import { describe, expect, it } from 'vitest';
import { checkBoundaries, type SourceTree } from './check-boundaries.ts';
import { parseWorkspace } from './workspace.ts';

const WORKSPACES = [
  parseWorkspace('', '{ "name": "root", "devDependencies": { "vitest": "1" } }'),
  parseWorkspace(
    'schemas',
    '{ "name": "@busline/schemas", "exports": { "./*": {} }, "dependencies": { "@bufbuild/protobuf": "1" } }',
  ),
  parseWorkspace(
    'bus',
    `{ "name": "@busline/bus", "exports": { ".": "./src/index.ts", "./errors": "./src/errors/index.ts", "./testing": "./testing/index.ts" },
       "dependencies": { "@busline/schemas": "1", "@bufbuild/protobuf": "1", "@nats-io/transport-node": "1" },
       "devDependencies": { "@busline/infra": "1" } }`,
  ),
  parseWorkspace('infra', '{ "name": "@busline/infra", "exports": { "./nats": "./nats/index.ts" } }'),
  parseWorkspace(
    'api',
    `{ "name": "@busline/api", "dependencies": { "@busline/bus": "1", "@busline/schemas": "1", "hono": "1",
       "@busline/worker-orders": "1", "@nats-io/transport-node": "1" } }`,
  ),
  parseWorkspace(
    'workers/orders',
    '{ "name": "@busline/worker-orders", "exports": "./main.ts", "dependencies": { "@busline/bus": "1", "@busline/api": "1" } }',
  ),
  parseWorkspace(
    'workers/payments',
    '{ "name": "@busline/worker-payments", "dependencies": { "@busline/bus": "1", "@busline/worker-orders": "1" } }',
  ),
  parseWorkspace('bench', '{ "name": "@busline/bench", "dependencies": { "@busline/bus": "1" } }'),
];

function violationsOf(files: Record<string, string>): string[] {
  const tree: SourceTree = { files: new Map(Object.entries(files)), workspaces: WORKSPACES };
  return checkBoundaries(tree).map(({ path, line, what }) => `${path}:${line}: ${what}`);
}

describe('checkBoundaries() accepts', () => {
  it.each([
    ['bus/src/index.ts', "import '@nats-io/transport-node';"],
    [
      'bus/src/wire/subject.ts',
      "import '@bufbuild/protobuf';\nimport '@busline/schemas/busline/error/v1/error';",
    ],
    ['bus/src/wire/subject.ts', "import './header.ts';\nimport '../errors/fault.ts';"],
    ['bus/src/wire/subject.test.ts', "import 'vitest';\nimport 'node:fs';\nsetTimeout(() => 1, 1);"],
    ['bus/src/rpc/client.ts', "import '../wire/subject.ts';\nimport '../connection.ts';"],
    ['bus/testing/index.ts', "import '@busline/infra/nats';"],
    ['bus/src/rpc/client.test.ts', "import '../../testing/index.ts';"],
    [
      'schemas/gen/greet/v1/greet_pb.js',
      "import '@bufbuild/protobuf/codegenv2';\nimport '../../google/api/http_pb.js';",
    ],
    ['workers/orders/main.ts', "import '@busline/bus';\nimport './place-order.ts';\nimport 'node:fs';"],
    [
      'api/src/app.ts',
      "import 'hono';\nimport './transcode/request.ts';\nimport '@busline/schemas/google/rpc/status';",
    ],
    [
      'api/src/transcode/problem.ts',
      "import '@busline/bus/errors';\nimport './http-rule.ts';\nimport 'node:http';",
    ],
    ['api/src/app.test.ts', "import '@busline/schemas/orders/v1/orders';"],
    ['bench/micro/subject.ts', "import '../../bus/src/wire/subject.ts';"],
    ['scripts/x.ts', "import './y.ts';"],
  ])('%s: %s', (path, source) => {
    expect(violationsOf({ [path]: source })).toEqual([]);
  });
});

describe('checkBoundaries() refuses', () => {
  it.each([
    ['bus/src/wire/subject.ts', "import '@nats-io/transport-node';", 'bus/src/wire may import only'],
    ['bus/src/wire/subject.ts', "import type { Bus } from '../connection.ts';", 'not bus/src/connection.ts'],
    ['bus/src/wire/subject.ts', "import { readFile } from 'node:fs/promises';", 'not node:fs/promises'],
    ['bus/src/errors/fault.ts', "import '../wire/subject.ts';", 'bus/src/errors may import only'],
    ['bus/src/wire/subject.ts', 'setInterval(() => 1, 1);', 'bus/src/wire must not use setInterval'],
    ['bus/src/rpc/client.ts', "import '../events/publish.ts';", 'bus/src/rpc must not import bus/src/events'],
    [
      'bus/src/events/publish.ts',
      "export * from '../rpc/client.ts';",
      'bus/src/events must not import bus/src/rpc',
    ],
    [
      'bus/src/index.ts',
      "import '@busline/infra/nats';",
      '@busline/infra is not declared in bus/package.json',
    ],
    ['bus/src/index.ts', "import '../testing/index.ts';", 'bus/src must not import bus/testing'],
    ['bus/src/index.ts', "import 'left-pad';", 'left-pad is not declared in bus/package.json'],
    ['bus/src/index.test.ts', "import 'left-pad';", 'left-pad is not declared in bus/package.json'],
    ['schemas/gen/greet/v1/greet_pb.js', "import '@busline/bus';", '@busline/bus is not declared'],
    ['workers/orders/main.ts', "import '@busline/api';", '@busline/api is not exported'],
    ['workers/payments/main.ts', "import '@busline/worker-orders';", 'workers/* must not import'],
    [
      'workers/payments/main.ts',
      "import '../orders/main.ts';",
      '../orders/main.ts reaches into workers/orders',
    ],
    ['api/src/app.ts', "import '@busline/worker-orders';", 'api must not import @busline/worker-orders'],
    ['api/src/app.ts', "import '@nats-io/transport-node';", 'api must not import @nats-io/transport-node'],
    [
      'api/src/app.ts',
      "import '@busline/schemas/orders/v1/orders';",
      'api must not import @busline/schemas/orders',
    ],
    [
      'api/src/transcode/request.ts',
      "import '@busline/bus';",
      'api/src/transcode must not import @busline/bus',
    ],
    ['api/src/transcode/request.ts', "import 'hono';", 'api/src/transcode must not import hono'],
    [
      'api/src/transcode/request.ts',
      "import '../app.ts';",
      'api/src/transcode must not import api/src/app.ts',
    ],
    ['api/src/app.ts', "import '@busline/bus/src/wire/subject.ts';", 'is not exported by @busline/bus'],
    ['bench/subjects/grpc.ts', "import '../../bus/src/index.ts';", '../../bus/src/index.ts reaches into bus'],
    ['bench/micro/call.ts', "import '../../bus/src/rpc/client.ts';", 'reaches into bus'],
    ['scripts/x.ts', "import '../bus/src/index.ts';", '../bus/src/index.ts reaches into bus'],
  ])('%s: %s', (path, source, expected) => {
    const found = violationsOf({ [path]: source });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
    expect(found[0]).toContain(`${path}:1: `);
  });

  it('tells why, and the line', () => {
    const files = new Map([['bus/src/wire/x.ts', "// head\n\nimport 'node:net';"]]);
    expect(checkBoundaries({ files, workspaces: WORKSPACES })).toEqual([
      {
        path: 'bus/src/wire/x.ts',
        line: 3,
        what: expect.stringContaining('not node:net'),
        why: expect.stringContaining('pure'),
      },
    ]);
  });

  it('says that a devDependency is for tests only', () => {
    const files = new Map([['bus/src/index.ts', "import '@busline/infra/nats';"]]);
    expect(checkBoundaries({ files, workspaces: WORKSPACES })[0]?.why).toContain('devDependency');
  });
});
