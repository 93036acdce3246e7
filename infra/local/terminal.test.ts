import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { StackEvent } from './events.ts';
import { createPaint, isShown, renderBanner, renderEvent, renderExample, seconds } from './terminal.ts';

const plain = createPaint(false);
const example = { path: '/v1/orders', body: { customerId: 'ada', note: "it's" } };
const stack = {
  apiUrl: 'http://127.0.0.1:8080',
  isOpen: true,
  hasDocs: true,
  natsUrl: 'nats://user:secret@127.0.0.1:4222',
  natsDescription: 'nats-server 2.15.1 (PATH), JetStream in .busline/nats',
  workers: new Map([
    ['greeter', 1],
    ['orders', 2],
  ]),
  examples: [example],
  logDir: '/elsewhere/logs',
  startedInMs: 1_840,
};
const product = { name: 'busline', version: '0.1.0', watch: false };

describe('renderBanner()', () => {
  it('says in a few lines what runs, where, and what to try', () => {
    expect(renderBanner(stack, product, plain)).toEqual([
      'busline 0.1.0                                             ready in 1.8 s',
      '  API       http://127.0.0.1:8080   REST · Connect · gRPC · gRPC-Web',
      '  Docs      http://127.0.0.1:8080/docs',
      '  Access    open: anybody on this machine, without credentials',
      '  NATS      nats://127.0.0.1:4222   nats-server 2.15.1 (PATH), JetStream in .busline/nats',
      '  Workers   greeter ×1 · orders ×2',
      '  Logs      /elsewhere/logs',
      `  Try       ${renderExample(stack.apiUrl, example)}`,
      '  Ctrl-C stops.',
    ]);
  });

  it('says how to try it from the command line, where the worker tells', () => {
    const call = { method: 'orders.PlaceOrder', data: { note: 'two teas' } };
    expect(renderBanner({ ...stack, examples: [{ ...example, call }] }, product, plain)).toContain(
      `  or        npx busline call orders.PlaceOrder -d '{"note":"two teas"}'`,
    );
  });

  it('says that callers need credentials', () => {
    expect(renderBanner({ ...stack, isOpen: false }, product, plain)).toContain('  Access    by credentials');
    expect(renderBanner({ ...stack, hasDocs: false }, product, plain).join('\n')).not.toContain('Docs');
  });

  it('says that it reloads, and that there are no workers', () => {
    const lines = renderBanner(
      { ...stack, workers: new Map(), examples: [] },
      { ...product, watch: true },
      plain,
    );
    expect(lines).toContain('  Workers   none');
    expect(lines).toContain('  Try       curl -s http://127.0.0.1:8080/readyz');
    expect(lines.at(-1)).toBe('  Reloads on save. Ctrl-C stops.');
  });
});

describe('renderExample()', () => {
  it('survives a shell', () => {
    const command = renderExample('http://127.0.0.1:8080', example).replace(/^curl/, 'printf "%s\\n"');
    expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' }).split('\n')).toEqual([
      '-s',
      'http://127.0.0.1:8080/v1/orders',
      '-H',
      'content-type: application/json',
      '-d',
      JSON.stringify(example.body),
      '',
    ]);
  });

  it.each([
    ['/v1/stock', 'curl -s http://127.0.0.1/v1/stock'],
    ['/v1/stock?a=1&b=2', "curl -s 'http://127.0.0.1/v1/stock?a=1&b=2'"],
  ])('is a GET without a body: %s', (path, command) => {
    expect(renderExample('http://127.0.0.1', { path, body: undefined })).toBe(command);
  });
});

describe('renderEvent()', () => {
  const at = new Date(2026, 0, 2, 13, 4, 5);

  it.each<[StackEvent, string[]]>([
    [{ type: 'waiting', what: 'orders-1, edge-1' }, ['13:04:05  waiting for orders-1, edge-1']],
    [
      { type: 'nats-search', search: { step: 'go install', kind: 'progress', text: 'building' } },
      ['13:04:05  nats-server, go install: building'],
    ],
    [
      { type: 'port-moved', what: 'the API', wanted: 8080, used: 8081 },
      ['13:04:05  port 8080 is taken, the API uses 8081'],
    ],
    [
      {
        type: 'failures-logged',
        process: 'audit-1',
        failures: [
          { text: 'an event failed: no', details: ['at workers/audit/main.ts:7', 'evt.A, attempt 3'] },
        ],
        more: 4,
        logFile: '/l/audit-1.log',
      },
      [
        '13:04:05  audit-1: an event failed: no',
        '            at workers/audit/main.ts:7',
        '            evt.A, attempt 3',
        '          4 more in /l/audit-1.log',
      ],
    ],
    [
      {
        type: 'crashed',
        process: 'orders-2',
        how: 'exit code 1',
        restartInMs: 512,
        crashLoop: false,
        logFile: '/l/orders-2.log',
        output: '',
      },
      ['13:04:05  orders-2 crashed (exit code 1), restarting in 0.5 s'],
    ],
    [
      {
        type: 'crashed',
        process: 'orders-2',
        how: 'SIGSEGV',
        restartInMs: 16_200,
        crashLoop: true,
        logFile: '/l/orders-2.log',
        output: 'Error: no\n    at x',
      },
      [
        '13:04:05  orders-2 crashed (SIGSEGV), restarting in 16 s',
        '            Error: no',
        '                at x',
        '          it keeps crashing; its log is /l/orders-2.log',
      ],
    ],
    [
      {
        type: 'warned',
        process: 'orders-2',
        text: 'its contract breaks\norders.v1.OrderService:\n  a field',
      },
      [
        '13:04:05  orders-2: its contract breaks',
        '            orders.v1.OrderService:',
        '              a field',
      ],
    ],
    [{ type: 'restarted', process: 'orders-2', elapsedMs: 400 }, ['13:04:05  orders-2 runs again']],
    [
      { type: 'reloaded', what: 'greeter, orders', elapsedMs: 430 },
      ['13:04:05  greeter, orders reloaded in 0.4 s'],
    ],
    [
      { type: 'reload-failed', what: 'orders', why: 'type errors', output: 'main.ts(1,1): error' },
      [
        '13:04:05  orders not reloaded: type errors; what ran before still runs',
        '            main.ts(1,1): error',
      ],
    ],
    [{ type: 'generated', elapsedMs: 800 }, ['13:04:05  contracts generated in 0.8 s']],
    [
      { type: 'streams-applied', output: '+ EVT_ORDERS  create' },
      ['13:04:05  event streams, as the contracts say:', '            + EVT_ORDERS  create'],
    ],
    [{ type: 'worker-added', name: 'mailer', replicas: 1 }, ['13:04:05  new worker mailer ×1']],
    [{ type: 'worker-removed', name: 'mailer' }, ['13:04:05  worker mailer is gone']],
    [
      { type: 'killed', process: 'orders-1', graceMs: 20_000 },
      ['13:04:05  orders-1 did not end within 20 s and was killed'],
    ],
  ])('%j', (event, lines) => {
    expect(renderEvent(event, at, plain)).toEqual(lines);
  });

  it('colours only when asked to', () => {
    const event: StackEvent = { type: 'restarted', process: 'a', elapsedMs: 1 };
    expect(renderEvent(event, at, createPaint(true)).join('')).toContain('\u001b[32m');
    expect(renderEvent(event, at, plain).join('')).not.toContain('\u001b');
  });
});

describe('isShown()', () => {
  it.each([
    ['skipped', false],
    ['found', false],
    ['progress', true],
    ['failed', true],
  ] as const)('a step of the search that is %s', (kind, shown) => {
    expect(isShown({ type: 'nats-search', search: { step: 'PATH', kind, text: '' } })).toBe(shown);
  });
});

describe('seconds()', () => {
  it.each([
    [40, '0.0 s'],
    [512, '0.5 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [61_000, '61 s'],
  ])('%i ms is %s', (duration, text) => {
    expect(seconds(duration)).toBe(text);
  });
});
