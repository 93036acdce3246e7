import { headerStatus, readHeaderBlock } from '../../wire/header-block.ts';

/** What the broker says instead of an event (ADR-37 of NATS). */
export type PullStatus =
  /** It is there, and has nothing. */
  | { readonly kind: 'heartbeat' }
  /** One pull is over, with this many of its events not delivered. */
  | { readonly kind: 'expired'; readonly undelivered: number }
  /** Nothing more comes of any pull: ask anew. `gone` when the durable itself is no more. */
  | { readonly kind: 'broken'; readonly gone: boolean; readonly why: string };

/** Reads a message without an acknowledgement subject; undefined when it has no status. */
export function readPullStatus(head: Uint8Array): PullStatus | undefined {
  const status = headerStatus(head);
  if (status === 0) return undefined;
  if (status === 100) return { kind: 'heartbeat' };
  const why = description(head);
  // The connection or the durable is fine, and this pull took as much as it could.
  if (status === 404 || status === 408 || (status === 409 && /batch completed|maxbytes/i.test(why))) {
    return { kind: 'expired', undelivered: pendingMessages(head) };
  }
  return { kind: 'broken', gone: status === 503 || /consumer deleted/i.test(why), why: `${status} ${why}` };
}

function description(head: Uint8Array): string {
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  return text.slice('NATS/1.0 100'.length, text.indexOf('\r\n')).trim();
}

function pendingMessages(head: Uint8Array): number {
  let pending = 0;
  readHeaderBlock(head, (name, value) => {
    if (name === 'Nats-Pending-Messages') pending = Number(value);
  });
  return Number.isInteger(pending) ? pending : 0;
}
