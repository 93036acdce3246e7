// The calling side of one measurement. Its argument is a ClientTask in JSON. Ends with its parent.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closedLoop } from '../measure/closed-loop.ts';
import { quantile } from '../measure/statistics.ts';
import { subjectNamed } from '../subjects/catalog.ts';
import type { ClientTask, Message } from './messages.ts';
import { ownCpuUs } from './own-cpu.ts';

const task: ClientTask = JSON.parse(process.argv[2] ?? '');
const send = (message: Message): void => {
  process.send?.(message);
};

process.on('disconnect', () => process.exit(0));
const { dial } = await subjectNamed(task.subject).loadClient();
const client = await dial(task);

let cpuAtBegin = 0;
const { calls, elapsedMs, latenciesUs } = await closedLoop({
  call: (payload) => client.echo(payload),
  payload: new Uint8Array(randomBytes(task.payloadBytes)),
  inFlight: task.inFlight,
  warmUpMs: task.warmUpMs,
  windowMs: task.windowMs,
  onWindow: async () => {
    const begin = once(process, 'message');
    send({ type: 'window' });
    await begin;
    cpuAtBegin = ownCpuUs();
  },
});
send({
  type: 'result',
  calls,
  elapsedMs,
  cpuUs: ownCpuUs() - cpuAtBegin,
  ...(latenciesUs.length > 0 && {
    latencyUs: { p50: quantile(latenciesUs, 0.5), p99: quantile(latenciesUs, 0.99) },
  }),
});
