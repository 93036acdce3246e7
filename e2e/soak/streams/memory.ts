import { setTimeout as delay } from 'node:timers/promises';
import { startNats, type TestNats } from '@busline/bus/testing';
import { type PeerProcess, startPeer } from './peer-process.ts';
import type { SoakOptions, SoakResult } from './soak.ts';
import { brokerMiB } from './streams.ts';

const pressingStreams = 20;
const messageBytes = 64 * 1024;
/** Streams nobody reads on, by the size of their messages: what a message costs besides its bytes shows with the small. */
const neglected = [
  { streams: 50, size: 4 },
  { streams: 50, size: messageBytes },
  { streams: 10, size: 10 * 1024 * 1024 },
];

/**
 * Most memory each process may ever hold, in MiB. Worker and caller begin at about 125. On top of it come, for each
 * stream, the window (1 MiB) or the one larger message that is on its way, at the worker also that message before it
 * was encoded, and garbage. Measured on two cores: 445, 661 and 50 where readers are neglected; 270, 252 and 24 where
 * somebody is frozen. Without the window the first would go into gigabytes within a second.
 */
const boundMiB = { caller: 650, worker: 900, broker: 150 };

interface Stage {
  readonly nats: TestNats;
  readonly worker: PeerProcess;
  readonly caller: PeerProcess;
  readonly freezeMs: number;
}

/**
 * Somebody stops taking part while streams run: a reader that never asks again, a frozen caller, a frozen worker, a
 * paused broker. Everybody else's memory stays within its bound, and after it all calls work again.
 */
export async function run({ seconds }: SoakOptions): Promise<SoakResult> {
  const stages: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
    neglect: neglectReaders,
    caller: ({ caller, freezeMs }) => frozen(caller, freezeMs),
    worker: ({ worker, freezeMs }) => frozen(worker, freezeMs),
    broker: pausedBroker,
  };
  const freezeMs = (seconds * 1000) / Object.keys(stages).length;
  const counts: Record<string, number> = {};
  const violations: string[] = [];
  for (const [name, stage] of Object.entries(stages)) {
    // Fresh processes, so that each stage shows its own peak.
    const nats = await startNats();
    const worker = await startPeer('./echo-worker.ts', nats.url);
    const caller = await startPeer('./echo-caller.ts', nats.url);
    try {
      await caller.ask('press', { streams: pressingStreams, size: messageBytes });
      await stage({ nats, worker, caller, freezeMs });
      const { right = 0, failed = 0 } = await caller.ask('relieve');
      await caller.ask('upload', { count: 10, size: messageBytes });
      counts[`${name}Right`] = right;
      counts[`${name}Failed`] = failed;
      const peaks = {
        caller: await caller.peakMiB(),
        worker: await worker.peakMiB(),
        broker: await brokerMiB(nats.monitorUrl),
      };
      for (const [who, peak] of Object.entries(peaks)) {
        counts[`${name}_${who}MiB`] = peak;
        const bound = boundMiB[who as keyof typeof peaks];
        if (peak > bound) violations.push(`${name}: the ${who} held ${peak} MiB, more than ${bound}`);
      }
      if (right === 0) violations.push(`${name}: not one stream ended well`);
    } catch (error) {
      violations.push(`${name}: ${error}`);
    } finally {
      await Promise.all([caller.stop(), worker.stop()]);
      await nats.stop();
    }
  }
  return { ok: violations.length === 0, counts, violations };
}

async function neglectReaders({ caller, freezeMs }: Stage): Promise<void> {
  for (const numbers of neglected) await caller.ask('neglect', numbers);
  await delay(freezeMs);
}

async function frozen(peer: PeerProcess, freezeMs: number): Promise<void> {
  // Long enough for the streams to be under way.
  await delay(300);
  peer.freeze();
  await delay(freezeMs);
  peer.thaw();
  await delay(500);
}

async function pausedBroker({ nats, freezeMs }: Stage): Promise<void> {
  await delay(300);
  await nats.pause();
  await delay(freezeMs);
  nats.resume();
  await delay(500);
}
