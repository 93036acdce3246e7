import type { FoundServer } from '@busline/infra/nats';
import { startChild } from '../processes/child.ts';
import type { BusTask } from '../processes/messages.ts';
import type { Subject } from '../subjects/subject.ts';
import { startBroker } from './bench-broker.ts';
import { measureWindow } from './measure-window.ts';
import { processCpuUs } from './process-cpu.ts';
import type { Sample } from './sample.ts';

/** The load of one measurement. */
export interface Load {
  readonly payloadBytes: number;
  /** Calls in flight, or streams open, at any time. */
  readonly atOnce: number;
}

export interface Timing {
  readonly warmUpMs: number;
  readonly windowMs: number;
}

export interface MeasureOptions {
  readonly experiment: BusTask['experiment'];
  readonly load: Load;
  readonly timing: Timing;
  readonly natsServer: FoundServer;
}

/** Measures one subject once: broker, server and client each in a fresh process, all of them gone afterwards. */
export async function measureOnce(subject: Subject, options: MeasureOptions): Promise<Sample> {
  await using cleanup = new AsyncDisposableStack();
  const broker = subject.needsBroker ? await startBroker(options.natsServer, cleanup) : undefined;
  const natsUrl = broker?.url ?? '';

  const server = startChild('server-process.ts', [subject.name, natsUrl]);
  cleanup.defer(() => server.stop());
  const { address } = await server.next('ready');

  const { experiment, load, timing } = options;
  return await measureWindow({
    task: { experiment, subject: subject.name, natsUrl, address, ...load, ...timing },
    readServingCpu: async () => ({
      server: await server.cpuUs(),
      broker: broker === undefined ? 0 : await processCpuUs(broker.pid),
    }),
    cleanup,
  });
}
