import { encodeHeaderBlock, headerLine, headerPreamble, readHeaderBlock } from '../../wire/header-block.ts';
import { isRetry, readEventSubject, retryBase } from '../contract/event-subject.ts';
import type { PreparedEvent } from '../publish/prepare-event.ts';
import { messageIdField } from './event-head.ts';
import { percentEncode } from './percent-encoding.ts';

/** An event that is stored. */
export interface OriginalEvent {
  readonly stream: string;
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly subject: string;
  /** Its header block, empty for none. */
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** How it comes again. */
export interface RepetitionDetails {
  /** To whom alone. */
  readonly consumer: string;
  /** What the broker recognizes this repetition by. */
  readonly messageId: string;
  /** Another id than the event's own: to a consumer it is then another event. */
  readonly id?: string | undefined;
  /** Further CloudEvents attributes, by name. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

/** Header fields that speak of the first publication; a repetition has its own. */
const ofFirstPublication = /^nats-/i;

/**
 * An event once more, addressed to one consumer. It keeps its id and time, those included that consumers took from the
 * broker because the publisher gave none: an inbox knows it again.
 */
export function repetition(
  event: OriginalEvent,
  { consumer, messageId, id, attributes = {} }: RepetitionDetails,
): PreparedEvent {
  const { stream, sequence, subject, head, body } = event;
  const base = readEventSubject(subject)?.base;
  // One that was sent to its consumer alone already goes the same way.
  const address =
    base === undefined || isRetry(subject)
      ? subject
      : retryBase(stream, consumer, base) + subject.slice(base.length);
  let lines = headerPreamble;
  let ownId: string | undefined;
  let publishedAs: string | undefined;
  let hasTime = false;
  if (head.length > 0) {
    readHeaderBlock(head, (name, value) => {
      const known = name.toLowerCase();
      if (known === 'nats-msg-id') publishedAs = value;
      if (ofFirstPublication.test(name)) return;
      if (known === 'ce-id') {
        ownId = value;
        return;
      }
      if (known === 'ce-time') hasTime = true;
      lines += headerLine(name, value);
    });
  }
  const shownId =
    id === undefined ? (ownId ?? publishedAs ?? percentEncode(`${stream}:${sequence}`)) : percentEncode(id);
  lines += headerLine('ce-id', shownId);
  if (!hasTime) lines += headerLine('ce-time', new Date(event.storedAtMs).toISOString());
  for (const [name, value] of Object.entries(attributes))
    lines += headerLine(`ce-${name}`, percentEncode(value));
  lines += headerLine(messageIdField, percentEncode(messageId));
  return { id: messageId, key: undefined, subject: address, head: encodeHeaderBlock(lines), body };
}
