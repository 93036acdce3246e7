import { type JsonObject, toJson } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Bus } from '@busline/bus';
import {
  type DeadLetter,
  DeadLetterReason,
  DeadLetterSchema,
} from '@busline/schemas/busline/deadletters/v1/deadletters';
import { withBus } from '../connection/with-bus.ts';
import { formatAge } from '../output/durations.ts';
import { jsonText } from '../output/json-text.ts';
import type { Output } from '../output/output.ts';
import type { CommandContext } from '../program/command-context.ts';
import { codeName, findLetters, type LetterFilter } from './find-letters.ts';

/** Lists dead letters as a table, or as JSON with their events. */
export async function listLetters(
  context: CommandContext,
  { limit, ...filter }: LetterFilter & { readonly limit: number },
): Promise<void> {
  const { output } = context;
  await withBus(context, async (bus) => {
    const letters: DeadLetter[] = [];
    let more = false;
    for await (const letter of findLetters(bus, filter)) {
      more = letters.length === limit;
      if (more) break;
      letters.push(letter);
    }
    if (output.json) {
      output.document({ deadLetters: letters.map(letterJson), more });
      return;
    }
    output.table(
      [
        { title: 'ID', text: ({ deadLetterId }) => deadLetterId },
        { title: 'EVENT', text: ({ eventType }) => eventType, shrinksTo: 14, keep: 'end', optional: 1 },
        { title: 'KEY', text: ({ key }) => key || '-', shrinksTo: 8, optional: 2 },
        {
          title: 'CODE',
          text: ({ code, reason }) => codeName(code) || reasonOf(reason).name,
          paint: output.paint.bad,
          optional: 3,
        },
        { title: 'TRIED', text: ({ attempts }) => String(attempts), align: 'right', optional: 4 },
        { title: 'AGE', text: ageOf, align: 'right' },
        { title: 'ERROR', text: ({ message }) => message || '-', shrinksTo: 16 },
      ],
      letters,
      'no dead letters',
    );
    if (letters.length === 0) await tellRetried(bus, output, filter);
    if (more) output.note(`there are more: --limit ${limit * 2}, or busline dlq export`);
  });
}

/** Whoever has just seen a handler fail looks here minutes before the event is given up. */
async function tellRetried(bus: Bus, output: Output, { consumer }: LetterFilter): Promise<void> {
  const consumers = await bus.consumers.list();
  for (const status of consumers) {
    if (status.redelivered === 0 || (consumer !== undefined && status.consumer !== consumer)) continue;
    const events = status.redelivered === 1 ? '1 event' : `${status.redelivered} events`;
    output.note(`${status.consumer} is trying ${events} again: busline events, busline trace ls --errors`);
  }
}

/** Shows one dead letter. */
export async function showLetter(context: CommandContext, id: string): Promise<void> {
  const { output } = context;
  const { paint } = output;
  await withBus(context, async (bus) => {
    const letter = await bus.deadLetters.get(id);
    if (output.json) {
      output.document(letterJson(letter));
      return;
    }
    const { attempts, headers, message, stack } = letter;
    const rows: [string, string][] = [
      ['id', letter.deadLetterId],
      ['event', `${letter.eventType}${letter.edited ? ' (edited)' : ''}`],
      ['event id', letter.eventId || '-'],
      ['key', letter.key || '-'],
      ['from', `${letter.stream}, sequence ${letter.sequence}`],
      ['consumer', letter.consumer],
      [
        'failed',
        `${timeOf(letter.failureTime)}, ${ageOf(letter)} ago, after ${attempts} ${attempts === 1n ? 'attempt' : 'attempts'}`,
      ],
      ['by', `${letter.worker || '-'} ${letter.instance}`],
      ['reason', reasonOf(letter.reason).words],
      ['error', paint.bad(`${codeName(letter.code)} ${message}`.trim() || '-')],
      ['trace', letter.traceparent || '-'],
    ];
    for (const [name, text] of rows) output.line(`${paint.dim(name.padEnd(9))} ${text}`);
    if (stack !== '')
      for (const line of stack.split('\n')) output.line(`${' '.repeat(10)}${paint.dim(line)}`);
    for (const [name, value] of Object.entries(headers).sort())
      output.line(`${paint.dim('header')}    ${name}: ${value}`);
    output.line();
    output.line(letter.event === undefined ? letter.eventHex : jsonText(letter.event, 2));
    if (letter.event === undefined) output.note('the event cannot be decoded; these are its bytes');
  });
}

/** Writes dead letters as lines of JSON. */
export async function exportLetters(context: CommandContext, filter: LetterFilter): Promise<void> {
  const { output, signal } = context;
  await withBus(context, async (bus) => {
    for await (const letter of findLetters(bus, filter)) {
      if (signal.aborted) return;
      output.record(letterJson(letter));
      await output.drained();
    }
  });
}

/** As the service tells it. */
export function letterJson(letter: DeadLetter): JsonObject {
  return toJson(DeadLetterSchema, letter, { alwaysEmitImplicit: true }) as JsonObject;
}

interface ReasonText {
  readonly name: string;
  readonly words: string;
}

const reasons: ReadonlyMap<DeadLetterReason, ReasonText> = new Map([
  [
    DeadLetterReason.ATTEMPTS_EXHAUSTED,
    { name: 'EXHAUSTED', words: 'the handler failed as often as it may' },
  ],
  [
    DeadLetterReason.TERMINAL_ERROR,
    { name: 'TERMINAL', words: 'the handler failed with an error that repeating does not change' },
  ],
  [
    DeadLetterReason.UNREADABLE,
    { name: 'UNREADABLE', words: 'it is no message of its type, or breaks its rules' },
  ],
  [
    DeadLetterReason.NEVER_REPORTED,
    { name: 'UNREPORTED', words: 'nobody reported how it went: its handler crashes or hangs' },
  ],
]);

function reasonOf(reason: DeadLetterReason): ReasonText {
  return reasons.get(reason) ?? { name: '-', words: '-' };
}

function ageOf({ failureTime }: DeadLetter): string {
  return failureTime === undefined ? '-' : formatAge(Date.now() - timestampMs(failureTime));
}

function timeOf(time: DeadLetter['failureTime']): string {
  return time === undefined ? '-' : new Date(timestampMs(time)).toISOString();
}
