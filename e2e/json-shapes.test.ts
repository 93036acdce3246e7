import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { on } from '@busline/bus';
import { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Busline, openTerminal } from './system/busline.ts';
import { jsonShape } from './system/json-shape.ts';
import { type System, startSystem } from './system/start-system.ts';
import { waitUntil } from './system/wait-until.ts';

/** The `--json` of every command is a promise to scripts: what it is made of is recorded beside this file. */

/** Events are to fail here. */
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

const repository = join(import.meta.dirname, '..');
const order = '{"customerId":"ada","lines":[{"sku":"tea","quantity":1}],"paymentToken":"tok_visa"}';

interface Letter {
  readonly deadLetterId: string;
  readonly key: string;
}

let folder: string;
let system: System;
let busline: Busline;
/** Ids of things that commands are to show. */
const ids = { letters: [] as Letter[], trace: '', operations: [] as string[] };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busline-e2e-'));
  busline = openTerminal(folder);
  // A project too, so that `gen` and `check` have something to do.
  await mkdir(join(folder, 'schemas', 'gen'), { recursive: true });
  await writeFile(join(folder, 'buf.yaml'), 'version: v2\nmodules:\n  - path: schemas\n');
  const scripts = { generate: 'true', check: 'true' };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'a', private: true, scripts }));
  system = await startSystem({ dataDir: join(folder, '.busline') });
  const bus = await system.joinBus(quiet);
  const audit = on(OrderPlacedSchema, { consumer: 'audit', maxAttempts: 1 }, () => {
    throw new Error('no paper');
  });
  await bus.serve({ name: 'audit', version: '1.0.0', services: [], events: [audit] });

  const orders = 5;
  for (let i = 0; i < orders; i++) {
    const placed = await system.send('POST /v1/orders', { body: JSON.parse(order) });
    expect(placed.status).toBe(200);
  }
  for (let i = 0; i < 2; i++) {
    const headers = { prefer: 'respond-async' };
    const begun = await system.send('POST /v1/orders:checkout', { body: JSON.parse(order), headers });
    ids.operations.push((begun.json as { name: string }).name.replace('operations/', ''));
  }
  await waitUntil('audit has given up', async () => {
    const { json } = await system.send('GET /v1/deadletters?consumer=audit');
    ids.letters = (json as { deadLetters?: Letter[] }).deadLetters ?? [];
    return ids.letters.length >= orders;
  });
  await waitUntil('the edge has a trace of all', async () => {
    const query = 'GET /v1/traces?method=/v1/orders&service=notifications&pageSize=1';
    const { traces = [] } = (await system.send(query)).json as { traces?: { traceId: string }[] };
    ids.trace = traces[0]?.traceId ?? '';
    return ids.trace !== '';
  });
}, 60_000);
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Shown {
  /** Default: what the name says. */
  readonly args?: () => readonly string[];
  /** Lines, of which each is a document. */
  readonly lines?: true;
  /** Called in the repository, with its system told by flags. */
  readonly inRepository?: true;
}

const letter = (index: number): string => ids.letters[index]?.deadLetterId ?? '';
const publishable = '{"orderId":"o-1","customerId":"ada"}';

const shown: Readonly<Record<string, Shown>> = {
  call: { args: () => ['call', 'greet.SayHello', '-d', '{"name":"Ada"}'] },
  'call --as': { args: () => ['call', 'greet.SayHello', '-d', '{"name":"Ada"}', '--as', 'curl'] },
  'call, a stream': { args: () => ['call', 'greet.Chat', '-d', '{"name":"Ada"}'], lines: true },
  bench: {
    args: () => ['bench', 'greet.SayHello', '--data', '{"name":"A"}', '-d', '200ms', '--warmup', '0ms'],
  },
  ps: {},
  'ps --methods': { args: () => ['ps', '--methods'] },
  'events ls': { args: () => ['events', 'ls', '--stream', 'EVT_NOTIFICATIONS'] },
  'events pause': { args: () => ['events', 'pause', 'audit', '--for', '1m'] },
  'events resume': { args: () => ['events', 'resume', 'audit'] },
  'events replay --dry-run': { args: () => ['events', 'replay', 'audit', '--from', '1h', '--dry-run'] },
  'events plan': { inRepository: true },
  'events apply': { inRepository: true },
  'dlq ls': { args: () => ['dlq', 'ls', '--limit', '2'] },
  'dlq show': { args: () => ['dlq', 'show', letter(0)] },
  'dlq export': { lines: true },
  'dlq edit': {
    args: () => {
      const event = { orderId: ids.letters[1]?.key, customerId: 'eve' };
      return ['dlq', 'edit', letter(1), '-d', JSON.stringify(event)];
    },
  },
  'dlq retry': { args: () => ['dlq', 'retry', letter(2), letter(3)], lines: true },
  'dlq retry --dry-run': { args: () => ['dlq', 'retry', '--all', '--dry-run'] },
  'dlq discard': { args: () => ['dlq', 'discard', letter(4), '--yes'], lines: true },
  publish: { args: () => ['publish', 'OrderPlaced', '-d', publishable], lines: true },
  tail: { args: () => ['tail', 'OrderPlaced', '--last', '3', '--no-follow'], lines: true },
  'events replay': { args: () => ['events', 'replay', 'audit', '--from', '1h', '--yes'] },
  'schema ls': {},
  'schema show': { args: () => ['schema', 'show', 'SayHello'] },
  'schema diff': { inRepository: true },
  'trace ls': {},
  'trace show': { args: () => ['trace', 'show', ids.trace] },
  'ops ls': {},
  'ops wait': { args: () => ['ops', 'wait', ids.operations[0] ?? ''] },
  'ops show': { args: () => ['ops', 'show', ids.operations[0] ?? ''] },
  'ops cancel': { args: () => ['ops', 'cancel', ids.operations[1] ?? ''] },
  scale: { args: () => ['scale', 'greeter=2'] },
  restart: { args: () => ['restart', 'greeter'] },
  drain: { args: () => ['drain', 'greeter-2'] },
  'new app': { args: () => ['new', 'app', 'shop', '--dry-run'] },
  'new service': { args: () => ['new', 'service', 'stock', '--dry-run'], inRepository: true },
  'new method': { args: () => ['new', 'method', 'orders', 'ArchiveOrder', '--dry-run'], inRepository: true },
  'new event': { args: () => ['new', 'event', 'orders', 'OrderArchived', '--dry-run'], inRepository: true },
  open: { args: () => ['open', 'docs'] },
  doctor: {},
  gen: {},
  check: {},
  'config show': {},
  'context save': { args: () => ['context', 'save', 'there', '--edge', 'http://there.example'] },
  'context ls': {},
  'context use': { args: () => ['context', 'use'] },
  'context rm': { args: () => ['context', 'rm', 'there'] },
  completion: { args: () => ['completion', 'bash'] },
};

/** Those whose output goes on until they are stopped have tests of their own. */
const goOn = ['start', 'dev'];

/** The commands that a help text lists. */
function listed(help: string): string[] {
  const from = help.indexOf('Commands:');
  return [...help.slice(Math.max(0, from)).matchAll(/^ {2}([a-z]+)(?: \S.*)? {2,}\S/gm)].flatMap(
    ([, name = '']) => (name === '' ? [] : [name]),
  );
}

describe('the --json of', () => {
  it.each(Object.entries(shown))('%s', { timeout: 60_000 }, async (name, { args, lines, inRepository }) => {
    const flags = ['--nats', system.stack.natsUrl, '--edge', system.stack.apiUrl];
    const words = [...(args?.() ?? name.split(' ')), '--json', ...(inRepository ? flags : [])];
    const run = await busline(words, inRepository ? repository : folder);
    expect(run.code, run.stderr).toBe(0);
    const documents = lines ? run.stdout.trimEnd().split('\n') : [run.stdout];
    expect(jsonShape(documents.map((document) => JSON.parse(document)))).toMatchSnapshot();
  });

  it('every command there is', { timeout: 60_000 }, async () => {
    const commands: string[] = [];
    for (const name of listed((await busline(['--help'])).stdout)) {
      const { stdout } = await busline([name, '--help']);
      const parts = stdout.includes('Commands:') ? listed(stdout) : [];
      commands.push(...(parts.length === 0 ? [name] : parts.map((part) => `${name} ${part}`)));
    }
    expect(commands.length).toBeGreaterThan(20);
    expect(commands.filter((name) => !(name in shown) && !goOn.includes(name))).toEqual([]);
  });
});
