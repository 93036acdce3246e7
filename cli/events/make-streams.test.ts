import { startNats, type TestNats } from '@busline/bus/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../testing/run-cli.ts';

let nats: TestNats;
beforeAll(async () => {
  nats = await startNats();
});
afterAll(() => nats.stop());

const directory = import.meta.dirname;
const events = (...args: string[]) => runCli(['events', ...args, '--nats', nats.url], { directory });

describe('busline events', () => {
  it('shows what is missing, makes it, and has nothing more to do', async () => {
    const before = await events('plan');
    expect(before.code).toBe(8);
    expect(before.stdout).toContain(
      '+ EVT_ORDERS  create  (orders.v1.OrderCancelled, orders.v1.OrderPlaced)',
    );
    expect((await events('apply')).code).toBe(0);
    expect(await events('plan', '--quiet')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each([
    { args: ['drop'], problem: "unknown command 'events drop'" },
    { args: ['apply', '--replicas', '6'], problem: 'It must be 1 to 5' },
    { args: ['plan', '--destructive'], problem: "unknown option '--destructive'" },
  ])('refuses $args', async ({ args, problem }) => {
    const { code, stdout, stderr } = await events(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(problem);
  });
});
