// The calling side of one measurement. Its argument is a ClientTask in JSON. Ends with its parent.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openNoteSender } from '../edge/note-sender.ts';
import { runEventsTask } from '../events/run-events-task.ts';
import { closedLoop } from '../measure/closed-loop.ts';
import type { LoopResult } from '../measure/loop-result.ts';
import { quantile } from '../measure/statistics.ts';
import { streamLoop } from '../measure/stream-loop.ts';
import { subjectNamed } from '../subjects/catalog.ts';
import { generatedPayload } from '../subjects/generated-payload.ts';
import type { ClientSide } from '../subjects/subject.ts';
import type { BusTask, ClientTask, EdgeTask, Message } from './messages.ts';
import { ownCpuUs } from './own-cpu.ts';

const task: ClientTask = JSON.parse(process.argv[2] ?? '');
const { atOnce, warmUpMs, windowMs, payloadBytes } = task;
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
const loop = { warmUpMs, windowMs, onWindow };

function makeCalls(client: ClientSide): Promise<LoopResult> {
  const payload = new Uint8Array(randomBytes(payloadBytes));
  const call = (bytes: Uint8Array): Promise<Uint8Array> => client.echo(bytes);
  return closedLoop({ call, payload, inFlight: atOnce, ...loop });
}

function readStreams({ generate }: ClientSide, subject: string): Promise<LoopResult> {
  if (generate === undefined) throw new Error(`${subject} has no streams`);
  const payload = generatedPayload(payloadBytes);
  return streamLoop({ generate, payload, atOnce, ...loop });
}

async function useBus(bus: BusTask): Promise<LoopResult> {
  const { dial } = await subjectNamed(bus.subject).loadClient();
  const client = await dial(bus);
  return bus.experiment === 'unary' ? makeCalls(client) : readStreams(client, bus.subject);
}

async function sendNotes({ port, path, format }: EdgeTask): Promise<LoopResult> {
  const text = randomBytes(payloadBytes).toString('base64').slice(0, payloadBytes);
  const sender = await openNoteSender({ port, path, format, text, atOnce });
  // The sender compares every answer, so the loop need not.
  const call = async (payload: Uint8Array): Promise<Uint8Array> => {
    await sender.send();
    return payload;
  };
  return closedLoop({ call, payload: new Uint8Array(), inFlight: atOnce, ...loop });
}

process.on('disconnect', () => process.exit(0));
function run(): Promise<LoopResult> {
  if (task.experiment === 'edge') return sendNotes(task);
  return task.experiment === 'events' ? runEventsTask(task, onWindow) : useBus(task);
}

const { count, elapsedMs, latenciesUs } = await run();
send({
  type: 'result',
  count,
  elapsedMs,
  cpuUs: ownCpuUs() - cpuAtBegin,
  ...(latenciesUs.length > 0 && {
    latencyUs: { p50: quantile(latenciesUs, 0.5), p99: quantile(latenciesUs, 0.99) },
  }),
});
