import { encodeHeaderBlock, headerLine, headerPreamble, readHeaderBlock } from '../../wire/header-block.ts';
import { messageIdField } from '../envelope/event-head.ts';
import { percentEncode } from '../envelope/percent-encoding.ts';
import type { PreparedEvent } from '../publish/prepare-event.ts';
import { scheduleName, subjectOfDue } from './schedule-stream.ts';
import { everyField } from './timing.ts';

/** Says of a named schedule how it was made. It stays with the schedule. */
export const definitionField = 'bl-definition';

/** Fields that speak of the schedule. */
const ofSchedule: ReadonlySet<string> = new Set([definitionField, everyField]);

/** An event whose time has come, as the broker made it of its schedule. */
export interface DueMessage {
  readonly subject: string;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
  readonly sequence: number;
  readonly firedAtMs: number;
}

/**
 * The event that is to be published. The id follows from the schedule and the firing, so that however often it is
 * published, the event's stream stores it once: a delayed event has its own id; one of a named schedule has
 * `<name>:<when it fires next>`, the same if the broker fires twice.
 */
export function dueEvent({ subject, head, body, sequence, firedAtMs }: DueMessage): PreparedEvent {
  let lines = headerPreamble;
  let id: string | undefined;
  let scheduler = '';
  let next: string | undefined;
  readHeaderBlock(head, (name, value) => {
    const known = name.toLowerCase();
    if (known === 'nats-scheduler') scheduler = value;
    else if (known === 'nats-schedule-next') next = value;
    else if (known === 'ce-id') id = value;
    else if (known === 'ce-time' && scheduleName(scheduler) !== undefined) return;
    else if (!known.startsWith('nats-') && !ofSchedule.has(known)) lines += headerLine(name, value);
  });
  const name = scheduleName(scheduler);
  if (name !== undefined) {
    id = percentEncode(`${name}:${firing(next) ?? sequence}`);
    lines += headerLine('ce-time', new Date(firedAtMs).toISOString());
  }
  const eventId = id ?? percentEncode(`schedule:${sequence}`);
  lines += headerLine('ce-id', eventId) + headerLine(messageIdField, eventId);
  return {
    id: eventId,
    key: undefined,
    subject: subjectOfDue(subject),
    head: encodeHeaderBlock(lines),
    body,
  };
}

/** The moment of the next firing in UTC; undefined when the broker does not say. */
function firing(next: string | undefined): string | undefined {
  const ms = next === undefined ? Number.NaN : Date.parse(next);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
