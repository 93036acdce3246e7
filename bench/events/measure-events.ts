import type { FoundServer } from '@busline/infra/nats';
import { startBroker } from '../measure/bench-broker.ts';
import type { Load, Timing } from '../measure/measure-once.ts';
import { measureWindow } from '../measure/measure-window.ts';
import { processCpuUs } from '../measure/process-cpu.ts';
import type { Sample } from '../measure/sample.ts';
import type { EventsTask } from '../processes/messages.ts';

export interface MeasureEventsOptions {
  readonly subject: string;
  readonly what: EventsTask['what'];
  readonly load: Load;
  readonly timing: Timing;
  readonly natsServer: FoundServer;
}

/** Measures one side once: broker and client in fresh processes, both gone afterwards. */
export async function measureEvents(options: MeasureEventsOptions): Promise<Sample> {
  await using cleanup = new AsyncDisposableStack();
  const { subject, what, load, timing, natsServer } = options;
  const broker = await startBroker(natsServer, cleanup);
  return await measureWindow({
    task: { experiment: 'events', subject, what, natsUrl: broker.url, ...load, ...timing },
    readServingCpu: async () => ({ server: 0, broker: await processCpuUs(broker.pid) }),
    cleanup,
  });
}
