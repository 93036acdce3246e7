import { randomBytes } from 'node:crypto';
import { closedLoop } from '../measure/closed-loop.ts';
import type { LoopResult } from '../measure/loop-result.ts';
import type { EventsTask } from '../processes/messages.ts';
import { type EventSide, eventSubjectNamed } from './event-side.ts';

/** Events consumed before the window begins, and in it. */
const warmUpEvents = 20_000;
const windowEvents = 200_000;

/** Does what the task says, on the side that it names. */
export async function runEventsTask(task: EventsTask, onWindow: () => Promise<void>): Promise<LoopResult> {
  const { open } = await eventSubjectNamed(task.subject).load();
  const side = await open(task.natsUrl);
  const payload = new Uint8Array(randomBytes(task.payloadBytes));
  if (task.what === 'consume') return await consume(side, payload, onWindow);
  const { warmUpMs, windowMs, atOnce: inFlight } = task;
  const call = task.what === 'publish' ? publishing(side) : await passing(side);
  return await closedLoop({ call, payload, inFlight, warmUpMs, windowMs, onWindow });
}

function publishing(side: EventSide): (payload: Uint8Array) => Promise<Uint8Array> {
  return async (payload) => {
    await side.publish(payload);
    return payload;
  };
}

/** From the call that publishes to the handler that has it. */
async function passing(side: EventSide): Promise<(payload: Uint8Array) => Promise<Uint8Array>> {
  let arrived: ((payload: Uint8Array) => void) | undefined;
  await side.consume((payload) => arrived?.(payload));
  return async (payload) => {
    const arrival = new Promise<Uint8Array>((resolve) => {
      arrived = resolve;
    });
    const [received] = await Promise.all([arrival, side.publish(payload)]);
    return received;
  };
}

/** As fast as they come, from a stream that is full already. */
async function consume(
  side: EventSide,
  payload: Uint8Array,
  onWindow: () => Promise<void>,
): Promise<LoopResult> {
  await side.fill(payload, warmUpEvents + windowEvents);
  const warm = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  let count = 0;
  let countAtBegin = 0;
  await side.consume(() => {
    count++;
    if (count === warmUpEvents) warm.resolve();
    if (count === warmUpEvents + windowEvents) done.resolve();
  });
  await warm.promise;
  // The stream is read on while the parent gets ready, so the window begins where it is then.
  await onWindow();
  countAtBegin = count;
  const startedAt = performance.now();
  await done.promise;
  return { count: count - countAtBegin, elapsedMs: performance.now() - startedAt, latenciesUs: [] };
}
