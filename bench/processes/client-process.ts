// The calling side of one measurement. Its argument is a ClientTask in JSON. Ends with its parent.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closedLoop } from '../measure/closed-loop.ts';
import type { LoopResult } from '../measure/loop-result.ts';
import { quantile } from '../measure/statistics.ts';
import { streamLoop } from '../measure/stream-loop.ts';
import { subjectNamed } from '../subjects/catalog.ts';
import { generatedPayload } from '../subjects/generated-payload.ts';
import type { ClientSide } from '../subjects/subject.ts';
import type { ClientTask, Message } from './messages.ts';
import { ownCpuUs } from './own-cpu.ts';

const task: ClientTask = JSON.parse(process.argv[2] ?? '');
const { atOnce, warmUpMs, windowMs } = task;
const send = (message: Message): void => {
  process.send?.(message);
};
let cpuAtBegin = 0;
const onWindow = async (): Promise<void> => {
  const begin = once(process, 'message');
  send({ type: 'window' });
  await begin;
  cpuAtBegin = ownCpuUs();
};

function makeCalls(client: ClientSide): Promise<LoopResult> {
  const payload = new Uint8Array(randomBytes(task.payloadBytes));
  const call = (bytes: Uint8Array): Promise<Uint8Array> => client.echo(bytes);
  return closedLoop({ call, payload, inFlight: atOnce, warmUpMs, windowMs, onWindow });
}

function readStreams({ generate }: ClientSide): Promise<LoopResult> {
  if (generate === undefined) throw new Error(`${task.subject} has no streams`);
  const payload = generatedPayload(task.payloadBytes);
  return streamLoop({ generate, payload, atOnce, warmUpMs, windowMs, onWindow });
}

process.on('disconnect', () => process.exit(0));
const { dial } = await subjectNamed(task.subject).loadClient();
const client = await dial(task);
const { count, elapsedMs, latenciesUs } = await (task.experiment === 'unary' ? makeCalls : readStreams)(
  client,
);
send({
  type: 'result',
  count,
  elapsedMs,
  cpuUs: ownCpuUs() - cpuAtBegin,
  ...(latenciesUs.length > 0 && {
    latencyUs: { p50: quantile(latenciesUs, 0.5), p99: quantile(latenciesUs, 0.99) },
  }),
});
