import type { Bus, ConsumerStatus, ReplayPlan, ReplayProgress } from '@busline/bus';
import { withBus } from '../connection/with-bus.ts';
import { findByName } from '../contracts/find-by-name.ts';
import { formatAge } from '../output/durations.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { parseDuration } from '../settings/duration.ts';
import { parsePlace } from './place.ts';

/** Shows each consumer with its lag. */
export async function listConsumers(
  context: CommandContext,
  { stream }: { readonly stream?: string },
): Promise<void> {
  await withBus(context, async (bus) =>
    showConsumers(context, await bus.consumers.list(stream === undefined ? {} : { stream })),
  );
}

function showConsumers({ output }: CommandContext, consumers: readonly ConsumerStatus[]): void {
  if (output.json) {
    output.document({ consumers });
    return;
  }
  const { paint } = output;
  output.table(
    [
      { title: 'STREAM', text: ({ stream }) => stream, shrinksTo: 12 },
      { title: 'CONSUMER', text: ({ consumer }) => consumer, shrinksTo: 10 },
      { title: 'MODE', text: ({ mode }) => mode, optional: 3 },
      {
        title: 'LAG',
        text: ({ pending }) => String(pending),
        align: 'right',
        paint: (text, { pending }) => (pending > 0 ? paint.warn(text) : text),
      },
      { title: 'OPEN', text: ({ unacknowledged }) => String(unacknowledged), align: 'right' },
      {
        title: 'AGAIN',
        text: ({ redelivered }) => String(redelivered),
        align: 'right',
        optional: 2,
        paint: (text, { redelivered }) => (redelivered > 0 ? paint.warn(text) : text),
      },
      {
        title: 'OLDEST',
        text: ({ oldestUnhandled: at }) => (at ? formatAge(Date.now() - at.getTime()) : '-'),
        align: 'right',
      },
      {
        title: 'STATE',
        text: stateOf,
        paint: (text, status) => (stateOf(status) === 'listening' ? paint.good(text) : paint.warn(text)),
      },
      { title: 'EVENTS', text: ({ events }) => events.join(', '), shrinksTo: 16, keep: 'end', optional: 1 },
    ],
    consumers,
    'no consumer of events; a worker that handles some makes it',
  );
}

function stateOf({ pausedUntil, waitingPulls }: ConsumerStatus): string {
  if (pausedUntil !== undefined) return `paused, ${formatAge(pausedUntil.getTime() - Date.now())} left`;
  return waitingPulls > 0 ? 'listening' : 'nobody asks';
}

/** Stops the delivery to a consumer for a while. */
export async function pauseConsumer(
  context: CommandContext,
  name: string,
  options: { readonly stream?: string; readonly for: string },
): Promise<void> {
  const until = new Date(Date.now() + parseDuration(options.for, '--for'));
  await withBus(context, async (bus) => {
    const { stream, consumer } = await findConsumer(bus, name, options.stream);
    showConsumers(context, [await bus.consumers.pause(stream, consumer, until)]);
  });
}

/** Lets it go on. */
export async function resumeConsumer(
  context: CommandContext,
  name: string,
  { stream }: { readonly stream?: string },
): Promise<void> {
  await withBus(context, async (bus) => {
    const found = await findConsumer(bus, name, stream);
    showConsumers(context, [await bus.consumers.resume(found.stream, found.consumer)]);
  });
}

export interface ReplayCommandOptions {
  readonly stream?: string;
  readonly event?: readonly string[];
  readonly from: string;
  readonly to?: string;
  readonly newIds?: boolean;
  readonly id?: string;
  readonly dryRun?: boolean;
}

/** Delivers a part of a stream again to one consumer. */
export async function replayEvents(
  context: CommandContext,
  name: string,
  options: ReplayCommandOptions,
): Promise<void> {
  const { output, input, signal } = context;
  const from = parsePlace(options.from, '--from');
  const to = options.to === undefined ? undefined : parsePlace(options.to, '--to');
  await withBus(context, async (bus) => {
    const { stream, consumer } = await findConsumer(bus, name, options.stream);
    const plan = await bus.consumers.planReplay({ stream, consumer, events: options.event, from, to });
    if (options.dryRun || plan.count === 0) {
      if (output.json) output.document({ plan });
      else for (const line of describeReplay(plan)) output.line(line);
      return;
    }
    if (!output.json) for (const line of describeReplay(plan)) output.note(line);
    await input.confirm(`Deliver ${plan.count} events again to ${consumer}?`);
    const progress = await bus.consumers.replay(plan, {
      id: options.id,
      newIds: options.newIds,
      signal,
      onProgress: ({ sent, total }) => {
        if (!output.json && output.isTerminal) output.note(`${sent} of ${total} sent`);
      },
    });
    tellReplay(context, plan, progress);
  });
}

function describeReplay({
  stream,
  consumer,
  events,
  from,
  to,
  count,
  ordered,
  listening,
  pausedUntil,
}: ReplayPlan): string[] {
  return [
    `${count} ${count === 1 ? 'event' : 'events'} of ${stream}, ${from} to ${to}, to ${consumer} alone`,
    `  handlers: ${events.join(', ')}${ordered ? ', in the order of each key' : ''}`,
    ...(listening ? [] : ['  nobody listens there now: the replay waits for a worker']),
    ...(pausedUntil === undefined ? [] : [`  it is paused until ${pausedUntil.toISOString()}`]),
  ];
}

function tellReplay({ output }: CommandContext, plan: ReplayPlan, progress: ReplayProgress): void {
  if (output.json) output.document({ plan, progress });
  else
    output.note(
      `${output.messagePaint.good('done')}: ${progress.sent} events were handled again, or became dead letters`,
    );
}

/** @throws CommandFailure when no stream has such a consumer, or several have. */
async function findConsumer(
  bus: Bus,
  name: string,
  stream: string | undefined,
): Promise<Pick<ConsumerStatus, 'stream' | 'consumer'>> {
  const consumers = await bus.consumers.list(stream === undefined ? {} : { stream });
  const consumer = findByName(name, new Set(consumers.map((one) => one.consumer)), {
    one: 'consumer',
    many: 'consumers',
    list: 'busline events ls',
  });
  const found = consumers.filter((one) => one.consumer === consumer);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new CommandFailure({
    code: 'CONSUMER_AMBIGUOUS',
    exitCode: ExitCode.notFound,
    what: `several streams have a consumer ${consumer}`,
    why: found.map((one) => one.stream).join(', '),
    hint: 'say which, with --stream',
  });
}
