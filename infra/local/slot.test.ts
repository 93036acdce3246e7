import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isRunning } from '../testing/is-running.ts';
import { createStandIn, OBEDIENT, type StandIn } from '../testing/stand-in-process.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { waitUntil } from '../testing/wait-until.ts';
import type { StackEvent } from './events.ts';
import { createInstanceLog } from './instance-log.ts';
import { launchProcess } from './launch-process.ts';
import { createSlot, type Slot, type SlotOptions } from './slot.ts';

async function slotFor(
  standIn: StandIn,
  options: Partial<SlotOptions> & { readyTimeoutMs?: number } = {},
): Promise<{ slot: Slot; events: StackEvent[] }> {
  const log = createInstanceLog(join(await temporaryDirectory(), 'x-1.log'));
  const events: StackEvent[] = [];
  const launch = () =>
    launchProcess({
      name: 'x-1',
      entry: standIn.entry,
      env: {},
      log,
      readyTimeoutMs: options.readyTimeoutMs ?? 10_000,
    });
  const slot = createSlot({
    name: 'x-1',
    logFile: log.file,
    launch,
    graceMs: 10_000,
    onEvent: (event) => events.push(event),
    backoff: () => 1,
    ...options,
  });
  onTestFinished(async () => {
    slot.signal('SIGKILL');
    await slot.stop();
  });
  return { slot, events };
}

function words(standIn: StandIn): string[] {
  return standIn.notes().map(({ word }) => word);
}

describe('createSlot()', () => {
  it('starts a process and ends it, politely', async () => {
    const standIn = await createStandIn(...OBEDIENT);
    const { slot, events } = await slotFor(standIn);
    expect(slot.pid).toBeUndefined();
    await slot.start();
    expect(slot.pid).toBe(standIn.notes()[0]?.pid);
    await slot.stop();
    expect(slot.pid).toBeUndefined();
    expect(words(standIn)).toEqual(['ready', 'term']);
    expect(events).toEqual([]);
  });

  it('passes on what a process says when it becomes ready', async () => {
    const standIn = await createStandIn(
      `process.once('SIGTERM', () => process.exit(0));`,
      `process.send({ type: 'ready', warnings: ['it breaks\\n  this'] });`,
    );
    const { slot, events } = await slotFor(standIn);
    await slot.start();
    expect(events).toEqual([{ type: 'warned', process: 'x-1', text: 'it breaks\n  this' }]);
  });

  it('does not start what does not become ready, and says why', async () => {
    const { slot } = await slotFor(await createStandIn(`throw new Error('no stock');`));
    await expect(slot.start()).rejects.toMatchObject({
      name: 'StartFailure',
      message: 'x-1 ended while starting (exit code 1)',
      output: expect.stringContaining('Error: no stock'),
    });
    expect(slot.pid).toBeUndefined();
  });

  it('ends a process that takes too long to become ready', async () => {
    const standIn = await createStandIn(`note('waiting');`);
    const { slot } = await slotFor(standIn, { readyTimeoutMs: 500 });
    await expect(slot.start()).rejects.toThrow('x-1 was not ready within 0.5 s');
    expect(standIn.notes().filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it('starts again what crashed', async () => {
    const { slot, events } = await slotFor(await createStandIn(...OBEDIENT));
    await slot.start();
    const first = slot.pid;
    slot.signal('SIGKILL');
    await waitUntil('it runs again', () => events.some(({ type }) => type === 'restarted'));
    expect(slot.pid).not.toBe(first);
    expect(events).toMatchObject([
      { type: 'crashed', process: 'x-1', how: 'SIGKILL', restartInMs: 1, crashLoop: false },
      { type: 'restarted', process: 'x-1' },
    ]);
  });

  it('waits longer after each crash in a row, calls it a loop, and recovers', async () => {
    const standIn = await createStandIn(...OBEDIENT);
    const attempts: number[] = [];
    const backoff = (attempt: number) => {
      attempts.push(attempt);
      return 1;
    };
    const { slot, events } = await slotFor(standIn, { backoff });
    await slot.start();
    standIn.become(`throw new Error('no stock');`);
    slot.signal('SIGKILL');
    await waitUntil('it crashes in a loop', () =>
      events.some((event) => event.type === 'crashed' && event.crashLoop),
    );
    const crashes = events.filter((event) => event.type === 'crashed');
    expect(crashes.slice(0, 4).map(({ crashLoop }) => crashLoop)).toEqual([false, false, false, true]);
    expect(crashes[1]).toMatchObject({
      how: 'ended while starting (exit code 1)',
      output: expect.stringContaining('Error: no stock'),
    });
    expect(attempts.slice(0, 4)).toEqual([0, 1, 2, 3]);
    standIn.become(...OBEDIENT);
    await waitUntil('it runs again', () => events.at(-1)?.type === 'restarted');
  });

  it('does not wait longer for what was asked to end', async () => {
    const attempts: number[] = [];
    const backoff = (attempt: number) => {
      attempts.push(attempt);
      return 1;
    };
    const { slot, events } = await slotFor(await createStandIn(...OBEDIENT), { backoff });
    await slot.start();
    for (const round of [1, 2, 3]) {
      slot.signal('SIGTERM');
      const restarts = () => events.filter(({ type }) => type === 'restarted').length;
      await waitUntil(`restart ${round}`, () => restarts() === round);
    }
    expect(attempts).toEqual([0, 0, 0]);
  });

  it('has the next process ready before it ends the one it replaces', async () => {
    const standIn = await createStandIn(...OBEDIENT);
    const { slot, events } = await slotFor(standIn);
    await slot.start();
    const first = slot.pid;
    await slot.replace();
    const second = slot.pid;
    expect(standIn.notes()).toEqual([
      { pid: first, word: 'ready' },
      { pid: second, word: 'ready' },
      { pid: first, word: 'term' },
    ]);
    expect(events).toEqual([]);
  });

  it('keeps the process when its replacement does not become ready', async () => {
    const standIn = await createStandIn(...OBEDIENT);
    const { slot, events } = await slotFor(standIn);
    await slot.start();
    const first = slot.pid;
    standIn.become('const x = ;');
    await expect(slot.replace()).rejects.toMatchObject({
      why: 'ended while starting (exit code 1)',
      output: expect.stringContaining('SyntaxError'),
    });
    expect(slot.pid).toBe(first);
    expect(words(standIn)).toEqual(['ready']);
    expect(events).toEqual([]);
  });

  it('starts a replacement at once where a restart was waiting', async () => {
    const standIn = await createStandIn(...OBEDIENT);
    const { slot, events } = await slotFor(standIn, { backoff: () => 60_000 });
    await slot.start();
    slot.signal('SIGKILL');
    await waitUntil('it has crashed', () => events.length === 1);
    await slot.replace();
    expect(slot.pid).toBe(standIn.notes()[1]?.pid);
    expect(words(standIn)).toEqual(['ready', 'ready']);
  });

  it('kills what does not end within the grace, and says so', async () => {
    const standIn = await createStandIn(`process.on('SIGTERM', () => note('ignored'));`, 'ready();');
    const { slot, events } = await slotFor(standIn, { graceMs: 300 });
    await slot.start();
    const pid = slot.pid ?? 0;
    await slot.stop();
    expect(isRunning(pid)).toBe(false);
    expect(words(standIn)).toEqual(['ready', 'ignored']);
    expect(events).toEqual([{ type: 'killed', process: 'x-1', graceMs: 300 }]);
  });

  it('asks a process to end only once, when stopped during a replacement', async () => {
    const standIn = await createStandIn(
      `process.on('SIGTERM', () => { note('term'); setTimeout(() => process.exit(0), 200); });`,
      'ready();',
    );
    const { slot } = await slotFor(standIn);
    await slot.start();
    const replacing = slot.replace();
    await waitUntil('the first process is asked to end', () => words(standIn).includes('term'));
    await Promise.all([slot.stop(), replacing]);
    expect(words(standIn)).toEqual(['ready', 'ready', 'term', 'term']);
    expect(standIn.notes().filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it('ends a replacement that is still starting when stopped', async () => {
    const standIn = await createStandIn(...OBEDIENT);
    const { slot } = await slotFor(standIn);
    await slot.start();
    standIn.become(`note('starting');`);
    const replacing = slot.replace();
    await waitUntil('the replacement starts', () => words(standIn).includes('starting'));
    const stopping = slot.stop();
    await expect(replacing).rejects.toThrow('x-1 ended while starting (SIGTERM)');
    await stopping;
    expect(standIn.notes().filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it('starts nothing again once stopped', async () => {
    const standIn = await createStandIn(...OBEDIENT);
    const { slot, events } = await slotFor(standIn, { backoff: () => 60_000 });
    await slot.start();
    slot.signal('SIGKILL');
    await waitUntil('it has crashed', () => events.length === 1);
    await slot.stop();
    await slot.replace();
    expect(words(standIn)).toEqual(['ready']);
  });
});
