import { startNats } from '@busline/bus/testing';
import { startPeer } from './peer-process.ts';
import type { SoakOptions, SoakResult } from './soak.ts';

/** What is sent in a whole run; a shorter one sends its share. */
const whole = { seconds: 60, smallMessages: 1_000_000, largeMessages: 1_024, streams: 1_000 };
const mib = 1024 * 1024;

/**
 * Most memory each process may ever hold, in MiB; both ends begin at about 125. Measured in a whole run on two cores:
 * 461, 340 and 108.
 */
const boundsMiB = { caller: 700, worker: 600, broker: 250 };

/**
 * Many small messages, many large ones each way, many streams at once; worker, caller and broker in processes of their
 * own. All arrive, in order, and no process grows beyond its bound. 60 seconds and more are the whole: 1,000,000
 * messages, 1 GiB each way, 1,000 streams.
 */
export async function run({ seconds }: SoakOptions): Promise<SoakResult> {
  const share = Math.min(1, seconds / whole.seconds);
  const part = (full: number): number => Math.max(1, Math.round(full * share));
  const violations: string[] = [];
  const counts: Record<string, number> = {};
  const nats = await startNats();
  const worker = await startPeer('./echo-worker.ts', nats.url);
  const caller = await startPeer('./echo-caller.ts', nats.url);
  const prove = async (
    name: string,
    job: string,
    numbers: Readonly<Record<string, number>>,
  ): Promise<void> => {
    const beganAtMs = performance.now();
    try {
      counts[name] = (await caller.ask(job, numbers)).messages as number;
    } catch (error) {
      violations.push(`${name}: ${error}`);
    }
    counts[`${name}Ms`] = Math.round(performance.now() - beganAtMs);
  };
  try {
    await prove('small', 'download', { count: part(whole.smallMessages), size: 16 });
    await prove('smallUp', 'upload', { count: part(whole.smallMessages), size: 16 });
    await prove('large', 'download', { count: part(whole.largeMessages), size: mib });
    await prove('largeUp', 'upload', { count: part(whole.largeMessages), size: mib });
    await prove('together', 'together', { streams: part(whole.streams), count: 100, size: 1_000 });
    const peaks = {
      caller: await caller.peakMiB(),
      worker: await worker.peakMiB(),
      broker: await brokerMiB(nats.monitorUrl),
    };
    for (const [name, peakMiB] of Object.entries(peaks)) {
      counts[`${name}MiB`] = peakMiB;
      const boundMiB = boundsMiB[name as keyof typeof boundsMiB];
      if (peakMiB > boundMiB) violations.push(`the ${name} held ${peakMiB} MiB, more than ${boundMiB}`);
    }
  } finally {
    await Promise.all([caller.stop(), worker.stop()]);
    await nats.stop();
  }
  return { ok: violations.length === 0, counts, violations };
}

/** Memory the broker says it holds. */
export async function brokerMiB(monitorUrl: string): Promise<number> {
  const { mem } = (await (await fetch(`${monitorUrl}/varz`)).json()) as { mem: number };
  return Math.ceil(mem / mib);
}
