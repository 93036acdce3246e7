import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, implement } from '@busline/bus';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import { OrderService, OrderState } from '@busline/schemas/orders/v1/orders';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shapeOf } from '../testing/shape-of.ts';
import { startBus, type TestBus } from '../testing/start-bus.ts';

let test: TestBus;
let workers: Bus[];
beforeAll(async () => {
  test = await startBus();
  workers = [await test.connect(), await test.connect()];
  for (const bus of workers) {
    await bus.serve({
      name: 'greeter',
      version: '1.0.0',
      services: [
        implement(GreetService, {
          sayHello: ({ name }, context) => ({
            greeting: `Hello, ${name}, ${context.requestHeader.get('x-from')}`,
            instance: bus.instance,
          }),
          async *chat(requests) {
            for await (const { name } of requests) yield { greeting: `Hello, ${name}`, instance: 'x' };
          },
        }),
      ],
    });
  }
  const [shop] = workers;
  await shop?.serve({
    name: 'shop',
    version: '2.0.0',
    services: [
      implement(InventoryService, {
        async importStock(lines) {
          let createdCount = 0;
          for await (const _ of lines) createdCount++;
          return { createdCount };
        },
      }),
      implement(OrderService, {
        async *watchOrder({ orderId }) {
          yield { orderId, state: OrderState.PENDING };
          yield { orderId, state: OrderState.CONFIRMED };
        },
        getOrder() {
          throw new ConnectError('no such order', Code.NotFound);
        },
        async cancelOrder(_, { signal }) {
          await delay(60_000, undefined, { signal }).catch(() => {});
          return {};
        },
      }),
    ],
  });
});
afterAll(() => test.stop());

const price = '"unitPrice":{"currencyCode":"EUR","units":"1"}';

describe('busline call', () => {
  it('calls a method by a part of its name, with metadata', async () => {
    const { code, stdout } = await test.run([
      'call',
      'sayhello',
      '-d',
      '{"name":"Ada"}',
      '-H',
      'x-from: here',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ greeting: 'Hello, Ada, here' });
  });

  it('calls the instance that is asked for', async () => {
    for (const { instance } of workers) {
      const { stdout } = await test.run(['call', 'SayHello', '-d', '{"name":"Ada"}', '--instance', instance]);
      expect(JSON.parse(stdout)).toMatchObject({ instance });
    }
  });

  it('streams requests from standard input, and replies as lines', async () => {
    const input = '{"name":"a"}\n\n{"name":"b"}\n';
    const chat = await test.run(['call', 'greet.Chat', '-d', '-'], { input });
    expect(chat.stdout.split('\n').map((line) => line && JSON.parse(line).greeting)).toEqual([
      'Hello, a',
      'Hello, b',
      '',
    ]);
    const watch = await test.run(['call', 'WatchOrder', '-d', '{"orderId":"o1"}']);
    expect(watch.stdout).toBe(
      '{"orderId":"o1","state":"ORDER_STATE_PENDING"}\n{"orderId":"o1","state":"ORDER_STATE_CONFIRMED"}\n',
    );
    const lines = `{"sku":"a","displayName":"A",${price}}\n{"sku":"b","displayName":"B",${price}}`;
    const imported = await test.run(['call', 'ImportStock', '-d', '-'], { input: lines });
    expect(JSON.parse(imported.stdout)).toEqual({ createdCount: 2 });
  });

  it('reads a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'busline-cli-'));
    await writeFile(join(directory, 'hello.json'), '{\n  "name": "File"\n}\n');
    const { stdout } = await test.run(['call', 'SayHello', '-d', '@hello.json'], { directory });
    expect(stdout).toContain('Hello, File');
    await rm(directory, { recursive: true });
  });

  it('makes an example that the contract takes, and the same call for other tools', async () => {
    const { stdout: example } = await test.run(['call', 'SayHello', '--example']);
    expect((await test.run(['call', 'SayHello', '-d', '-'], { input: example })).code).toBe(0);
    const curl = await test.run(['call', 'SayHello', '-d', '{"name":"it\'s"}', '--as', 'curl']);
    expect(curl.stdout).toBe(
      `curl -s http://127.0.0.1:8080/greet.v1.GreetService/SayHello -H 'content-type: application/json' -d '{"name":"it'\\''s"}'\n`,
    );
    const watch = await test.run(['call', 'WatchOrder', '-d', '{"orderId":"o/1"}', '--as', 'curl']);
    expect(watch.stdout).toContain('/v1/orders/o%2F1:watch ');
  });

  it.each([
    { args: ['call', 'SayHello', '-d', '{'], code: 2, says: 'is no JSON' },
    { args: ['call', 'SayHello', '-d', '{"nme":"x"}'], code: 2, says: 'key "nme" is unknown' },
    { args: ['call', 'SayHello', '-H', 'x'], code: 2, says: 'cannot be metadata' },
    { args: ['call', 'SayHello', '--deadline', '5'], code: 2, says: 'is no duration' },
    { args: ['call', 'SayHelo'], code: 4, says: 'greet.v1.GreetService/SayHello' },
    { args: ['call', 'SayHello'], code: 5, says: 'INVALID_ARGUMENT' },
    { args: ['call', 'GetOrder', '-d', '{"orderId":"x"}'], code: 5, says: 'no such order' },
    {
      args: ['call', 'CancelOrder', '-d', '{"orderId":"x"}', '--deadline', '100ms'],
      code: 6,
      says: 'DEADLINE',
    },
  ])('ends $args with $code', async ({ args, code, says }) => {
    const run = await test.run(args);
    expect({ code: run.code, stdout: run.stdout }).toEqual({ code, stdout: '' });
    expect(run.stderr).toContain(says);
  });

  it('tells the details of an error as JSON', async () => {
    const { stderr } = await test.run(['call', 'SayHello', '--json']);
    expect(shapeOf(JSON.parse(stderr))).toEqual({
      error: {
        code: 'string',
        message: 'string',
        hint: 'string',
        docs: 'string',
        details: [{ '@type': 'string', reason: 'string', domain: 'string', metadata: expect.anything() }],
      },
    });
  });

  it('tells what passes between it and the broker', async () => {
    const { stdout, stderr } = await test.run(['call', 'SayHello', '-d', '{"name":"Ada"}', '--trace-api']);
    expect(JSON.parse(stdout)).toMatchObject({ greeting: expect.stringContaining('Ada') });
    expect(stderr).toMatch(/^> HPUB rpc\.u\.greet\.v1\.GreetService\.SayHello .*bl-timeout: /m);
    expect(stderr).toMatch(/^< INFO /m);
  });

  it('ends with 130 when it is interrupted', async () => {
    const abort = new AbortController();
    const calling = test.run(['call', 'CancelOrder', '-d', '{"orderId":"x"}'], { signal: abort.signal });
    const running = async () => (await workers[0]?.stats('orders.v1.OrderService'))?.[0]?.running === 1;
    await expect.poll(running, { timeout: 8_000 }).toBe(true);
    abort.abort();
    expect((await calling).code).toBe(130);
  });
});

describe('busline ps', () => {
  it('shows what each instance and each method did, in a shape that is kept', async () => {
    const { stdout } = await test.run(['ps', '--json']);
    const { instances } = JSON.parse(stdout) as { instances: { instance: string; service: string }[] };
    expect(instances.filter(({ service }) => service === 'greet.v1.GreetService')).toHaveLength(2);
    expect(shapeOf(instances)).toEqual([
      {
        service: 'string',
        worker: 'string',
        instance: 'string',
        version: 'string',
        startedAt: 'string',
        running: 'number',
        waiting: 'number',
        calls: 'number',
        errors: 'number',
        refused: 'number',
        p50Ms: 'number',
        p95Ms: 'number',
        p99Ms: 'number',
      },
    ]);
    const methods = await test.run(['ps', 'greet', '--methods', '--sort', 'calls'], {
      columns: 100,
      env: { NO_COLOR: '1' },
    });
    expect(methods.stdout).toMatch(/greet\.v1\.GreetService\/SayHello +2 +\d/);
    expect(methods.stdout.split('\n').every((line) => line.length <= 100)).toBe(true);
  });

  it('looks again and again, through a restart of the broker, until it is interrupted', async () => {
    const abort = new AbortController();
    let looks = 0;
    const watching = test.run(['ps', '-w', '--json', '--interval', '20ms'], {
      signal: abort.signal,
      onOutput: () => {
        looks++;
      },
    });
    await expect.poll(() => looks, { timeout: 10_000 }).toBeGreaterThan(1);
    await test.restartBroker();
    const before = looks;
    await expect.poll(() => looks, { timeout: 10_000 }).toBeGreaterThan(before + 1);
    abort.abort();
    const { code, stdout } = await watching;
    expect(code).toBe(130);
    expect(Object.keys(JSON.parse(stdout.split('\n')[0] ?? ''))).toEqual(['time', 'seconds', 'instances']);
  });

  it('ends with 4 for a service that nobody serves', async () => {
    expect((await test.run(['ps', 'nobody'])).code).toBe(4);
  });
});

describe('busline bench', () => {
  it('measures a method in a shape that is kept, and ends with 8 when a condition holds', async () => {
    const data = ['--data', '{"name":"Ada"}', '-d', '300ms', '--warmup', '50ms', '-c', '4'];
    const { code, stdout, stderr } = await test.run([
      'bench',
      'SayHello',
      ...data,
      '--rate',
      '200',
      '--json',
      '--fail-if',
      'errors>0',
      'p50>0.0001ms',
    ]);
    expect({ code, stderr }).toEqual({ code: 8, stderr: 'failed: p50>0.0001ms\n' });
    expect(shapeOf(JSON.parse(stdout))).toMatchSnapshot();
    expect(JSON.parse(stdout)).toMatchObject({
      calls: 60,
      failed: 0,
      rate: 200,
      method: 'greet.v1.GreetService/SayHello',
    });
  });

  it.each([
    { args: ['bench', 'Chat'], code: 2 },
    { args: ['bench', 'SayHello', '--fail-if', 'p42>1ms'], code: 2 },
    { args: ['bench', 'SayHello'], code: 5 },
  ])('ends $args with $code', async ({ args, code }) => {
    expect((await test.run(args)).code).toBe(code);
  });
});
