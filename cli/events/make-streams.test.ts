import { startNats, type TestNats } from '@busline/bus/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../testing/run-cli.ts';
import { shapeOf } from '../testing/shape-of.ts';

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
    const planned = JSON.parse((await events('plan', '--json')).stdout);
    expect(planned).toMatchObject({ replicas: 1, streams: expect.any(Array) });
    expect(shapeOf(planned.streams[0])).toMatchObject({
      name: 'string',
      action: 'string',
      events: ['string'],
      changes: [],
      config: { name: 'string', subjects: ['string'], max_bytes: 'number' },
    });
    expect(JSON.parse((await events('apply', '--json')).stdout)).toMatchObject({ held: [] });
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
