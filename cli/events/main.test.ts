import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startNats, type TestNats } from '@busline/bus/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Runs the command in a process of its own, as npm does. */
function events(natsUrl: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      { env: { ...process.env, NATS_URL: natsUrl } },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

describe('npm run events', () => {
  let nats: TestNats;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats.stop());

  it('shows what is missing, makes it, and has nothing more to do', async () => {
    const before = await events(nats.url, 'plan');
    expect(before.code).toBe(3);
    expect(before.output).toContain(
      '+ EVT_ORDERS  create  (orders.v1.OrderCancelled, orders.v1.OrderPlaced)',
    );
    expect((await events(nats.url, 'apply')).code).toBe(0);
    expect(await events(nats.url, 'plan', '--quiet')).toEqual({ code: 0, output: '' });
  });

  it('explains itself when it is called wrongly', async () => {
    const { code, output } = await events(nats.url, 'drop');
    expect(code).toBe(2);
    expect(output).toContain('npm run events -- plan');
  });
});
