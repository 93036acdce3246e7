import { setTimeout as delay } from 'node:timers/promises';
import { fromJson, type JsonValue, type Message } from '@bufbuild/protobuf';
import type { Bus, KnownEvent, Published } from '@busline/bus';
import { readHeaders } from '../call/headers.ts';
import { jsonSource } from '../call/json-source.ts';
import { withBus } from '../connection/with-bus.ts';
import { eventTypesOfBus, findEventType } from '../contracts/event-types-of-bus.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

export interface PublishOptions {
  readonly data?: string;
  readonly id?: string;
  readonly attribute?: readonly string[];
  readonly count?: number;
  readonly rate?: number;
  readonly example?: boolean;
}

/** Publishes events one after the other, and tells each that is stored. */
export async function publish(context: CommandContext, name: string, options: PublishOptions): Promise<void> {
  const { output, signal } = context;
  const { data, id, count = 1, rate, example } = options;
  const attributes = Object.fromEntries(readHeaders(options.attribute ?? []));
  if (id !== undefined && count > 1)
    throw usage('--id and --count do not go together: the same id is one event');
  if (data === undefined && !example) throw usage('nothing says what the event is');
  await withBus(context, async (bus) => {
    const event = findEventType(name, await eventTypesOfBus(bus));
    if (example) {
      const { exampleMessage } = await import('../contracts/example-message.ts');
      output.document(exampleMessage(event.schema));
      return;
    }
    let stored = 0;
    for await (const json of jsonSource(context, data).each()) {
      const message = readEvent(json, event);
      for (let time = 0; time < count && !signal.aborted; time++) {
        if (rate !== undefined && stored > 0)
          await delay(1_000 / rate, undefined, { signal }).catch(() => {});
        if (id !== undefined && stored > 0) throw usage('--id names one event, and the data has several');
        tell(context, await publishOne(bus, event, message, { id, attributes }));
        stored++;
        await output.drained();
      }
    }
    if (stored !== 1) output.note(`${stored} events are stored`);
  });
}

async function publishOne(
  bus: Bus,
  { schema }: KnownEvent,
  message: Message,
  { id, attributes }: { readonly id: string | undefined; readonly attributes: Record<string, string> },
): Promise<Published> {
  return await bus.publish(schema, message, { id, attributes });
}

function tell({ output }: CommandContext, { id, stream, sequence, duplicate }: Published): void {
  if (output.json) output.record({ id, stream, sequence, duplicate });
  else
    output.line(`${stream} ${sequence}  ${id}${duplicate ? output.paint.warn('  was there already') : ''}`);
}

function readEvent(json: JsonValue, { schema, registry }: KnownEvent): Message {
  try {
    return fromJson(schema, json, { registry });
  } catch (error) {
    throw new CommandFailure({
      code: 'EVENT_INVALID',
      exitCode: ExitCode.usage,
      what: `the data is no ${schema.typeName}`,
      why: error instanceof Error ? error.message : String(error),
      hint: `busline publish ${schema.typeName} --example prints an event to begin with`,
      cause: error,
    });
  }
}

function usage(what: string): CommandFailure {
  return new CommandFailure({
    code: 'USAGE',
    exitCode: ExitCode.usage,
    what,
    hint: 'busline publish --help has examples',
  });
}
