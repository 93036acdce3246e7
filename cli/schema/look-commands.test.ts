import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { implement } from '@busline/bus';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliOptions } from '../testing/run-cli.ts';
import { shapeOf } from '../testing/shape-of.ts';
import { startBus, type TestBus } from '../testing/start-bus.ts';

let test: TestBus;
let cache: string;
beforeAll(async () => {
  test = await startBus();
  cache = await mkdtemp(join(tmpdir(), 'busline-cli-'));
  const bus = await test.connect();
  await bus.applyStreams(await bus.planStreams([OrderPlacedSchema]));
  await bus.serve({
    name: 'greeter',
    version: '1.2.3',
    services: [implement(GreetService, { sayHello: () => ({}) })],
  });
});
afterAll(async () => {
  await test.stop();
  await rm(cache, { recursive: true, force: true });
});

/** In this repository, so that there is a project. */
const here: CliOptions = { directory: import.meta.dirname };

describe('busline schema', () => {
  it('lists methods and events, in a shape that is kept', async () => {
    const { contracts } = JSON.parse((await test.run(['schema', '--json'])).stdout);
    expect(contracts).toEqual([
      {
        kind: 'unary',
        name: 'greet.v1.GreetService/SayHello',
        input: 'greet.v1.SayHelloRequest',
        output: 'greet.v1.SayHelloResponse',
        worker: 'greeter 1.2.3',
      },
      expect.objectContaining({ kind: 'bidi stream', name: 'greet.v1.GreetService/Chat' }),
      { kind: 'event', name: 'orders.v1.OrderPlaced', stream: 'EVT_ORDERS' },
    ]);
  });

  it('prints the file of whatever it declares', async () => {
    const { stdout } = await test.run(['schema', 'show', 'SayHelloRequest']);
    expect(stdout).toContain('// greet/v1/greet.proto\nsyntax = "proto3";');
    expect((await test.run(['schema', 'show', 'Nothing'])).code).toBe(4);
  });

  it('compares the project with what is live', async () => {
    const { code, stdout } = await test.run(['schema', 'diff', '--json'], here);
    const { services } = JSON.parse(stdout) as { services: { service: string; state: string }[] };
    expect(code).toBe(0);
    expect(services).toContainEqual({
      service: 'greet.v1.GreetService',
      state: 'same',
      breaking: [],
      diff: [],
    });
    expect(services).toContainEqual(
      expect.objectContaining({ service: 'orders.v1.OrderService', state: 'not live' }),
    );
    expect((await test.run(['schema', 'diff'])).code).toBe(4);
  });
});

describe('busline doctor', () => {
  it('looks at everything, says what to do, and ends with 8 when something is wrong', async () => {
    const options = { ...here, env: { BUSLINE_EDGE: 'http://127.0.0.1:1', XDG_CONFIG_HOME: cache } };
    const { code, stdout } = await test.run(['doctor', '--json'], options);
    const { findings } = JSON.parse(stdout) as { findings: { name: string; state: string; found: string }[] };
    expect(code).toBe(8);
    const states = Object.fromEntries(findings.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({
      Node: 'ok',
      project: 'ok',
      broker: 'ok',
      edge: 'fail',
      workers: 'ok',
      streams: 'warn',
    });
    expect(shapeOf(findings.find(({ state }) => state === 'fail'))).toEqual({
      name: 'string',
      state: 'string',
      found: 'string',
      fix: 'string',
    });
  });
});

describe('completion', () => {
  const complete = async (...words: string[]) => {
    const { stdout } = await test.run(['__complete', '--', ...words], { env: { XDG_CACHE_HOME: cache } });
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0]]));
  };

  it.each([
    { words: ['pub'], candidates: ['publish'] },
    { words: ['--no'], candidates: ['--no-input', '--no-color'] },
    { words: ['events', 'pa'], candidates: ['pause'] },
    { words: ['--nats', 'call', 'dlq', 'exp'], candidates: ['export'] },
    { words: ['ps', '--sort', 'p9'], candidates: ['p95', 'p99'] },
    { words: ['call', '--as', ''], candidates: ['curl', 'grpcurl', 'ts'] },
    { words: ['bench', '--war'], candidates: ['--warmup'] },
    { words: ['completion', 'z'], candidates: ['zsh'] },
    { words: ['nothing', 'x'], candidates: [] },
  ])('completes $words', async ({ words, candidates }) => {
    expect(await complete(...words)).toEqual(candidates);
  });

  it('knows what is live: the names that were found last, when the broker is slow to tell', async () => {
    await test.run(['__names'], { env: { XDG_CACHE_HOME: cache } });
    expect(await complete('call', 'hell')).toEqual(['greet.v1.GreetService/SayHello']);
    expect(await complete('publish', '')).toEqual(['orders.v1.OrderPlaced']);
    expect(await complete('scale', 'gr')).toEqual(['greeter=']);
  });

  it('asks in the background when the names take too long', async () => {
    const again: (readonly string[])[] = [];
    const env = { XDG_CACHE_HOME: join(cache, 'other'), NATS_URL: 'nats://127.0.0.1:1' };
    const { stdout } = await test.run(['__complete', '--', 'call', ''], {
      env,
      onBackground: (args) => again.push(args),
    });
    expect({ stdout, again }).toEqual({ stdout: '', again: [['__names']] });
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('teaches %s', async (shell) => {
    const { code, stdout } = await test.run(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/bin\/busline\.js'? __complete --/);
  });
});

describe('busline open', () => {
  it('ends with 3 where no edge is', async () => {
    expect((await test.run(['open', '--edge', 'http://127.0.0.1:1'])).code).toBe(3);
  });
});

describe('busline check', () => {
  it('ends with 4 where no project is', async () => {
    await writeFile(join(cache, 'package.json'), '{}');
    expect((await test.run(['check'], { directory: cache })).code).toBe(4);
  });
});
