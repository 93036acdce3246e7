import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FoundServer, startNatsServer } from '@busline/infra/nats';
import type { Experiment } from '../experiments/experiment.ts';
import { startChild } from '../processes/child.ts';
import type { ClientTask } from '../processes/messages.ts';
import type { Subject } from '../subjects/subject.ts';
import { processCpuUs } from './process-cpu.ts';

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

/** What one window of one subject gave. */
export interface Sample {
  /** Calls, or messages of streams. */
  readonly perSecond: number;
  /** Present where one call was in flight. */
  readonly latencyUs?: { readonly p50: number; readonly p99: number };
  /** CPU time per call, or per message, of each process, in microseconds, user and system. */
  readonly cpuUs: { readonly caller: number; readonly server: number; readonly broker: number };
}

export interface MeasureOptions {
  readonly experiment: Experiment['name'];
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
  const task: ClientTask = { experiment, subject: subject.name, natsUrl, address, ...load, ...timing };
  const client = startChild('client-process.ts', [JSON.stringify(task)]);
  cleanup.defer(() => client.stop());
  const readCpu = async () => ({
    server: await server.cpuUs(),
    broker: broker === undefined ? 0 : await processCpuUs(broker.pid),
  });
  const finished = client.next('result');
  await Promise.race([client.next('window'), finished]);
  const before = await readCpu();
  client.begin();
  const result = await finished;
  const after = await readCpu();

  return {
    perSecond: result.count / (result.elapsedMs / 1000),
    ...(result.latencyUs !== undefined && { latencyUs: result.latencyUs }),
    cpuUs: {
      caller: result.cpuUs / result.count,
      server: (after.server - before.server) / result.count,
      broker: (after.broker - before.broker) / result.count,
    },
  };
}

async function startBroker(natsServer: FoundServer, cleanup: AsyncDisposableStack) {
  const directory = await mkdtemp(join(tmpdir(), 'busline-bench-'));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const broker = await startNatsServer({ directory, server: natsServer, config: { port: 0 } });
  cleanup.defer(() => broker.stop());
  return broker;
}
