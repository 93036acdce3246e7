import { startChild } from '../processes/child.ts';
import type { ClientTask } from '../processes/messages.ts';
import type { CpuShares, Sample } from './sample.ts';

/** What the processes but the caller have used so far, in microseconds. */
export type ServingCpu = Omit<CpuShares, 'caller'>;

export interface WindowOptions {
  readonly task: ClientTask;
  readonly readServingCpu: () => Promise<ServingCpu>;
  /** Takes what must be ended. */
  readonly cleanup: AsyncDisposableStack;
}

/** Runs a caller against what is already there, and takes the CPU time of everybody at both ends of its window. */
export async function measureWindow({ task, readServingCpu, cleanup }: WindowOptions): Promise<Sample> {
  const client = startChild('client-process.ts', [JSON.stringify(task)]);
  cleanup.defer(() => client.stop());
  const finished = client.next('result');
  await Promise.race([client.next('window'), finished]);
  const before = await readServingCpu();
  client.begin();
  const result = await finished;
  const after = await readServingCpu();

  const share = (end: number, begin: number): number => (end - begin) / result.count;
  return {
    perSecond: result.count / (result.elapsedMs / 1000),
    ...(result.latencyUs !== undefined && { latencyUs: result.latencyUs }),
    cpuUs: {
      caller: share(result.cpuUs, 0),
      ...(after.edge !== undefined && { edge: share(after.edge, before.edge ?? 0) }),
      server: share(after.server, before.server),
      broker: share(after.broker, before.broker),
    },
  };
}
