import { type Bus, on } from '@busline/bus';
import { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shapeOf } from '../testing/shape-of.ts';
import { startBus, type TestBus } from '../testing/start-bus.ts';

let test: TestBus;
let bus: Bus;
/** Orders that each consumer handled. */
const handled: Record<'mail' | 'ledger', string[]> = { mail: [], ledger: [] };
const refused = new Set(['bad-1', 'bad-2', 'bad-3']);
beforeAll(async () => {
  test = await startBus();
  bus = await test.connect();
  await bus.applyStreams(await bus.planStreams([OrderPlacedSchema]));
  await bus.serve({
    name: 'shop',
    version: '1.0.0',
    events: [
      on(OrderPlacedSchema, { consumer: 'mail' }, ({ orderId }) => {
        if (refused.has(orderId)) throw new ConnectError('no such address', Code.InvalidArgument);
        handled.mail.push(orderId);
      }),
      on(OrderPlacedSchema, { consumer: 'ledger' }, ({ orderId }) => {
        if (orderId === 'never') throw new Error('the ledger is closed');
        handled.ledger.push(orderId);
      }),
    ],
  });
  for (const orderId of ['good-1', ...refused])
    await bus.publish(OrderPlacedSchema, { orderId, customerId: 'ada' });
});
afterAll(() => test.stop());

interface Letter {
  readonly deadLetterId: string;
  readonly key: string;
}

async function letters(...args: string[]): Promise<Letter[]> {
  const { stdout } = await test.run(['dlq', 'ls', '--json', ...args]);
  return (JSON.parse(stdout) as { deadLetters: Letter[] }).deadLetters;
}

describe('busline dlq', () => {
  it('lists what a consumer could not handle, in a shape that is kept', async () => {
    await expect.poll(async () => (await letters()).length, { timeout: 10_000 }).toBe(3);
    const { stdout } = await test.run(['dlq', '--json', '--code', 'invalid-argument', '--since', '1h']);
    expect(shapeOf(JSON.parse(stdout))).toMatchSnapshot();
    expect(await letters('--consumer', 'ledger')).toEqual([]);
    const table = await test.run(['dlq'], { columns: 80, env: { NO_COLOR: '1' } });
    expect(table.stdout.split('\n').every((line) => line.length <= 80)).toBe(true);
    expect(table.stdout).toContain('no such address');
  });

  it('shows one', async () => {
    const [first] = await letters();
    const { stdout } = await test.run(['dlq', 'show', first?.deadLetterId ?? '']);
    expect(stdout).toContain('"orderId": "bad-1"');
    expect((await test.run(['dlq', 'show', 'EVT_ORDERS.mail.999'])).code).toBe(4);
  });

  it('puts another event in its place, and sends it to the consumer that failed alone', async () => {
    const [first] = await letters();
    const id = first?.deadLetterId ?? '';
    const ledger = [...handled.ledger];
    const wrong = await test.run(['dlq', 'edit', id, '-d', '{"orderId":"bad-1","customer":1}']);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('customer') });
    refused.delete('bad-1');
    const { code } = await test.run([
      'dlq',
      'edit',
      id,
      '-d',
      '{"orderId":"bad-1","customerId":"eve"}',
      '--retry',
    ]);
    expect(code).toBe(0);
    await expect.poll(() => handled.mail, { timeout: 10_000 }).toContain('bad-1');
    expect(handled.ledger).toEqual(ledger);
  });

  it('says what it would do, asks before it does it to many, and tells of each', async () => {
    const ids = (await letters()).map(({ deadLetterId }) => deadLetterId);
    const dry = await test.run(['dlq', 'discard', '--all', '--dry-run']);
    expect(dry.stdout.trim().split('\n')).toEqual(ids);
    expect((await test.run(['dlq', 'discard', '--all'])).code).toBe(2);
    expect(await letters()).toHaveLength(2);
    const partly = await test.run(['dlq', 'discard', ids[0] ?? '', 'EVT_ORDERS.mail.999', '--yes', '--json']);
    expect(partly.code).toBe(7);
    expect(
      partly.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).ok),
    ).toEqual([true, false]);
    const exported = await test.run(['dlq', 'export']);
    expect(JSON.parse(exported.stdout)).toMatchObject({ deadLetterId: ids[1], event: { orderId: 'bad-3' } });
    expect((await test.run(['dlq', 'retry'])).code).toBe(2);
    expect((await test.run(['dlq', 'discard', '--all', '-y'])).code).toBe(0);
    expect(await letters()).toEqual([]);
  });
});

describe('busline events', () => {
  it('shows consumers with their lag, in a shape that is kept', async () => {
    const { stdout } = await test.run(['events', '--json']);
    const { consumers } = JSON.parse(stdout) as { consumers: { consumer: string }[] };
    expect(consumers.map(({ consumer }) => consumer)).toEqual(['ledger', 'mail']);
    expect(shapeOf(consumers)).toMatchSnapshot();
  });

  it('pauses a consumer, and lets it go on', async () => {
    expect((await test.run(['events', 'pause', 'led', '--for', '1h'])).stdout).toContain('paused, 59m left');
    await bus.publish(OrderPlacedSchema, { orderId: 'later', customerId: 'ada' });
    const lag = async () => JSON.parse((await test.run(['events', '--json'])).stdout).consumers[0].pending;
    await expect.poll(lag, { timeout: 10_000 }).toBe(1);
    expect(handled.ledger).not.toContain('later');
    expect((await test.run(['events', 'resume', 'ledger'])).code).toBe(0);
    await expect.poll(() => handled.ledger, { timeout: 10_000 }).toContain('later');
    expect((await test.run(['events', 'pause', 'nobody'])).code).toBe(4);
  });

  it('replays to one consumer, after it has said what it would do', async () => {
    const dry = JSON.parse(
      (await test.run(['events', 'replay', 'mail', '--from', '1', '--dry-run', '--json'])).stdout,
    );
    expect(dry.plan).toMatchObject({ consumer: 'mail', count: 5, listening: true });
    refused.clear();
    const [mail, ledger] = [handled.mail.length, handled.ledger.length];
    const { code, stderr } = await test.run(['events', 'replay', 'mail', '--from', '10m', '--yes']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('5 events were handled again'),
    });
    expect([handled.mail.length - mail, handled.ledger.length - ledger]).toEqual([5, 0]);
  });
});

describe('busline publish', () => {
  it('publishes what the contract takes, and tells each that is stored, in a shape that is kept', async () => {
    const { stdout: example } = await test.run(['publish', 'OrderPlaced', '--example']);
    const input = `${example}{"orderId":"second","customerId":"ada"}\n`;
    const { code, stdout } = await test.run(['publish', 'orders.OrderPlaced', '-d', '-', '--json'], {
      input,
    });
    expect(code).toBe(0);
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records).toHaveLength(2);
    expect(shapeOf(records)).toEqual([
      { id: 'string', stream: 'string', sequence: 'number', duplicate: 'boolean' },
    ]);
  });

  it('stores one id once', async () => {
    const order = ['publish', 'OrderPlaced', '-d', '{"orderId":"once"}', '--id', 'id-1'];
    const first = await test.run(order);
    expect(first.stdout).toMatch(/^EVT_ORDERS \d+ {2}id-1\n$/);
    expect((await test.run(order)).stdout).toBe(`${first.stdout.trim()}  was there already\n`);
  });

  it.each([
    { args: ['OrderPlaced', '-d', '{"order":1}'], code: 2, says: 'key "order" is unknown' },
    { args: ['OrderPlaced'], code: 2, says: 'nothing says what the event is' },
    { args: ['OrderPlacd', '-d', '{}'], code: 4, says: 'orders.v1.OrderPlaced' },
  ])('ends $args with $code', async ({ args, code, says }) => {
    const run = await test.run(['publish', ...args]);
    expect(run).toEqual({ code, stdout: '', stderr: expect.stringContaining(says) });
  });
});

describe('busline tail', () => {
  it('prints what is stored, decoded, in a shape that is kept', async () => {
    const args = ['tail', 'OrderPlaced', '--no-follow', '--filter', 'orderId=good-1', '--json'];
    const { code, stdout } = await test.run(args);
    expect(code).toBe(0);
    const [first = '', ...others] = stdout.trim().split('\n');
    expect(others).toEqual([]);
    expect(shapeOf(JSON.parse(first))).toEqual({
      stream: 'string',
      sequence: 'number',
      storedAt: 'string',
      id: 'string',
      type: 'string',
      key: 'string',
      source: 'string',
      time: 'string',
      traceparent: 'null',
      event: { orderId: 'string', customerId: 'string' },
    });
    const last = await test.run(['tail', 'EVT_ORDERS', '--no-follow', '--last', '1', '--raw']);
    expect(last.stdout).toContain('evt.orders.v1.OrderPlaced.');
  });

  it('follows until it is interrupted', async () => {
    const abort = new AbortController();
    let seen = '';
    const following = test.run(['tail', '--json'], {
      signal: abort.signal,
      onOutput: (text) => {
        seen += text;
      },
    });
    // It begins with what comes: events are published until one came.
    const publishAndLook = async () => {
      await bus.publish(OrderPlacedSchema, { orderId: 'live', customerId: 'ada' });
      return seen;
    };
    await expect.poll(publishAndLook, { timeout: 10_000 }).toContain('"orderId":"live"');
    abort.abort();
    const { code } = await following;
    expect(code).toBe(130);
  });

  it.each([
    { args: ['tail', 'Nothing'], code: 4 },
    { args: ['tail', '--last', '1', '--since', '5m'], code: 2 },
    { args: ['tail', '--filter', 'x'], code: 2 },
  ])('ends $args with $code', async ({ args, code }) => {
    expect((await test.run(args)).code).toBe(code);
  });
});

it('busline dlq says what is being tried again, before it is given up', async () => {
  await bus.publish(OrderPlacedSchema, { orderId: 'never', customerId: 'ada' });
  const said = async () => (await test.run(['dlq', '--consumer', 'ledger'])).stderr;
  await expect.poll(said, { timeout: 10_000 }).toContain('ledger is trying 1 event again');
  expect((await test.run(['dlq', '--consumer', 'mail'])).stderr).not.toContain('again');
});
