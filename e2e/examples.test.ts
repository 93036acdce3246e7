import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startNats, type TestNats } from '@busline/bus/testing';
import { compileCacheEnv } from '@busline/infra/process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../', import.meta.url));
const cache = `${repository}node_modules/.cache`;
const folder = fileURLToPath(new URL('../examples/', import.meta.url));
const numbered = readdirSync(folder).filter((name) => /^\d\d-.*\.ts$/.test(name));

/** What an example says it prints: the comment at its end. */
function promised(source: string): { readonly lines: readonly string[]; readonly inAnyOrder: boolean } {
  const [, how = '', lines = ''] = /\n\/\/ Prints(.*):\n((?:\/\/ .*\n)+)$/.exec(source) ?? [];
  return {
    lines: lines
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(3)),
    inAnyOrder: how !== '',
  };
}

const sourceOf = (name: string): string => readFileSync(folder + name, 'utf8');

async function run(name: string, natsUrl: string): Promise<string[]> {
  const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [folder + name], {
    env: { ...compileCacheEnv(cache, env), ...env, NATS_URL: natsUrl, LOG_LEVEL: 'silent' },
    timeout: 30_000,
  });
  return stdout.trimEnd().split('\n');
}

/** Two beside each other: those that serve the greeter, which would answer each other's calls, and all others. */
const lanes = Map.groupBy(numbered, (name) => sourceOf(name).includes('GreetService'));

let nats: TestNats;
const runs = new Map<string, Promise<string[]>>();
beforeAll(async () => {
  nats = await startNats();
  for (const names of lanes.values()) {
    let before: Promise<unknown> = Promise.resolve();
    for (const name of names) {
      const running = before.then(() => run(name, nats.url));
      before = running.catch(() => {});
      runs.set(name, running);
    }
  }
});
afterAll(async () => {
  await Promise.allSettled(runs.values());
  await nats?.stop();
});

describe('examples', () => {
  it('are numbered without gaps, and listed', () => {
    const list = sourceOf('README.md');
    expect(numbered.map((name) => Number(name.slice(0, 2)))).toEqual(numbered.map((_, index) => index + 1));
    expect(numbered.filter((name) => !list.includes(`[${name}](${name})`))).toEqual([]);
  });

  it.each(numbered)('%s prints what it says', { timeout: 120_000 }, async (name) => {
    const { lines, inAnyOrder } = promised(sourceOf(name));
    const printed = (await runs.get(name)) ?? [];
    expect(inAnyOrder ? printed.toSorted() : printed).toEqual(inAnyOrder ? lines.toSorted() : lines);
  });
});
