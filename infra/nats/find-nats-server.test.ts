import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeVersionProgram } from '../testing/stand-in-program.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { type FindEvent, findNatsServer } from './find-nats-server.ts';
import type { FindStep, StepOutcome } from './find-step.ts';
import { fromCache } from './from-cache.ts';
import { fromEnv } from './from-env.ts';
import { pathStep } from './from-path.ts';
import { installIntoCache } from './server-cache.ts';

function step(name: string, outcome: StepOutcome | Error): FindStep {
  return {
    name,
    async find() {
      if (outcome instanceof Error) throw outcome;
      return await Promise.resolve(outcome);
    },
  };
}

const found = { path: '/bin/nats-server', version: '2.15.1' };

describe('findNatsServer()', () => {
  it('takes the first step that has a server and reports each step', async () => {
    const events: FindEvent[] = [];
    const server = await findNatsServer({
      steps: [
        step('a', { skipped: 'not set' }),
        step('b', new Error('offline')),
        step('c', found),
        step('d', found),
      ],
      onProgress: (event) => events.push(event),
    });
    expect(server).toEqual({ ...found, origin: 'c' });
    expect(events).toEqual([
      { step: 'a', kind: 'skipped', text: 'not set' },
      { step: 'b', kind: 'failed', text: 'offline' },
      { step: 'c', kind: 'found', text: '/bin/nats-server (2.15.1)' },
    ]);
  });

  it('lists every step and what to do when none has one', async () => {
    const failing = findNatsServer({
      steps: [step('PATH', { skipped: 'none there' }), step('go', new Error('no go'))],
    });
    await expect(failing).rejects.toMatchObject({
      name: 'NatsServerNotFoundError',
      message: [
        'No usable nats-server (2.11.0 or newer) was found. Tried:',
        '  PATH  none there',
        '  go    no go',
        'Do one of these:',
        '  install nats-server (https://nats.io/download) so that it is on PATH',
        '  set NATS_SERVER_BIN to the path of a nats-server',
        '  set NATS_URL to the address of a running server, for example nats://127.0.0.1:4222',
      ].join('\n'),
    });
  });

  it('ends at a NATS_SERVER_BIN that does not work, whatever else there is', async () => {
    const path = await writeVersionProgram(await temporaryDirectory(), '2.9.0');
    const failing = findNatsServer({
      env: { NATS_SERVER_BIN: path },
      steps: [fromEnv, step('other', found)],
    });
    await expect(failing).rejects.toThrow(`NATS_SERVER_BIN cannot be used: ${path} is version 2.9.0`);
  });

  it('prefers NATS_SERVER_BIN to PATH and PATH to the cache', async () => {
    const directory = await temporaryDirectory();
    const onPath = await writeVersionProgram(join(directory, 'path'), '2.12.0');
    const named = await writeVersionProgram(join(directory, 'named'), '2.11.1');
    const cache = join(directory, 'cache');
    const cached = await installIntoCache(cache, async (work) => await writeVersionProgram(work, '2.15.1'));
    const steps = [fromEnv, pathStep([]), fromCache];
    const env = { PATH: join(directory, 'path'), BUSLINE_CACHE: cache, NATS_SERVER_BIN: named };

    const all = await findNatsServer({ env, steps });
    expect(all).toEqual({ path: named, version: '2.11.1', origin: 'NATS_SERVER_BIN' });
    const unset = await findNatsServer({ env: { ...env, NATS_SERVER_BIN: '' }, steps });
    expect(unset).toEqual({ path: onPath, version: '2.12.0', origin: 'PATH' });
    const onlyCache = await findNatsServer({ env: { BUSLINE_CACHE: cache }, steps });
    expect(onlyCache).toEqual({ ...cached, origin: 'cache' });
  });

  it('passes over an old server on PATH, saying so', async () => {
    const directory = await temporaryDirectory();
    const old = await writeVersionProgram(join(directory, 'old'), '2.10.29');
    const recent = await writeVersionProgram(join(directory, 'recent'), '2.11.0');
    const both = {
      PATH: [join(directory, 'none'), join(directory, 'old'), join(directory, 'recent')].join(delimiter),
    };
    expect((await findNatsServer({ env: both, steps: [pathStep([])] })).path).toBe(recent);

    const events: FindEvent[] = [];
    await findNatsServer({
      env: { PATH: join(directory, 'old') },
      steps: [pathStep([]), step('other', found)],
      onProgress: (event) => events.push(event),
    });
    expect(events[0]).toEqual({
      step: 'PATH',
      kind: 'skipped',
      text: `${old} is version 2.10.29, older than the required 2.11.0`,
    });
  });
});
