import type { FoundServer } from '@busline/infra/nats';
import { startBroker } from '../measure/bench-broker.ts';
import type { Load, Timing } from '../measure/measure-once.ts';
import { measureWindow } from '../measure/measure-window.ts';
import { processCpuUs } from '../measure/process-cpu.ts';
import type { Sample } from '../measure/sample.ts';
import type { EdgeSubject, NoteFormat } from './edge-subject.ts';
import { pathOf } from './note-sender.ts';
import { startSide } from './side.ts';

export interface MeasureEdgeOptions {
  readonly format: NoteFormat;
  readonly load: Load;
  readonly timing: Timing;
  readonly natsServer: FoundServer;
}

/** Measures one subject once: broker, worker, edge and caller in fresh processes, all of them gone afterwards. */
export async function measureEdge(subject: EdgeSubject, options: MeasureEdgeOptions): Promise<Sample> {
  await using cleanup = new AsyncDisposableStack();
  const { format, load, timing, natsServer } = options;
  const broker = subject.needsBroker ? await startBroker(natsServer, cleanup) : undefined;
  const side = await startSide({ subject, format, natsUrl: broker?.url ?? '', cleanup });
  return await measureWindow({
    task: {
      experiment: 'edge',
      port: side.httpPort,
      path: pathOf(subject, format),
      format,
      ...load,
      ...timing,
    },
    readServingCpu: async () => {
      const { edge, worker } = await side.cpuUs();
      return { edge, server: worker, broker: broker === undefined ? 0 : await processCpuUs(broker.pid) };
    },
    cleanup,
  });
}
