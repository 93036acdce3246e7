// npm run events: compares the streams at NATS_URL with the contracts, and makes them as the contracts say.
import { connect, describePlan } from '@busline/bus';
import { type EventsCommand, parseEventsCommand, usage } from './arguments.ts';
import { contractsFolder, findEvents } from './find-events.ts';

/** Only what goes wrong: the command says the rest itself. */
const logger = {
  debug() {},
  info() {},
  warn: (_: object, message: string) => console.error(message),
  error: (_: object, message: string) => console.error(message),
};

/** @returns whether everything is as the contracts say, or has become so. */
async function run({ action, replicas, destructive, quiet }: EventsCommand): Promise<boolean> {
  const events = await findEvents(contractsFolder);
  const bus = await connect({ name: 'busline-events', logger });
  try {
    const plan = await bus.planStreams(events, { replicas });
    const changed = plan.streams.some(({ action: what }) => what !== 'keep');
    if (!quiet || changed) for (const line of describePlan(plan)) console.log(line);
    if (action === 'plan') return !changed;
    const { held } = await bus.applyStreams(plan, { destructive });
    for (const name of held) {
      console.error(
        `${name}: what would lose something was left out; look at the plan, then apply with --destructive`,
      );
    }
    return held.length === 0;
  } finally {
    await bus.drain();
  }
}

let command: EventsCommand | undefined;
try {
  command = parseEventsCommand(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  process.exitCode = 2;
}
if (command !== undefined) {
  try {
    // 3 for a plan with changes, so that a pipeline can ask.
    process.exitCode = (await run(command)) ? 0 : 3;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
