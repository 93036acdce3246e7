import { type Bus, connect, type Logger } from '@busline/bus';
import type { CommandContext } from '../program/command-context.ts';
import { startNatsTrace } from './nats-trace.ts';

/** How long to look for the broker, in milliseconds: a person waits, and on the way back `busline start` is told of. */
const connectTimeoutMs = 2_000;

/** Joins the bus for the time of `work`. */
export async function withBus<T>(context: CommandContext, work: (bus: Bus) => Promise<T>): Promise<T> {
  const { settings, output } = context;
  const trace = context.traceApi ? await startNatsTrace(settings.nats, output.note) : undefined;
  try {
    const bus = await connect({
      name: 'busline-cli',
      servers: trace?.url ?? settings.nats,
      subjectPrefix: settings.prefix,
      timeoutMs: settings.deadlineMs,
      connectTimeoutMs,
      logger: warningsTo(output.note),
    });
    try {
      return await work(bus);
    } finally {
      await bus.drain();
    }
  } finally {
    trace?.stop();
  }
}

/** Only what goes wrong: the command says the rest itself. */
function warningsTo(note: (text: string) => void): Logger {
  const say = (_: object, message: string): void => note(message);
  return { debug() {}, info() {}, warn: say, error: say };
}
