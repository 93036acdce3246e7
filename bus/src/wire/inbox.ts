import { callNumberLimit } from './bundle.ts';
import { receiptSuffix } from './subject.ts';

/**
 * The inbox of a caller (docs/protocol.md, "Inbox"). Everything for it arrives below one subject:
 *
 *     <prefix>.bl1-<id>.<number>     the reply to a call
 *     <prefix>.bl1-<id>.<number>.r   the receipt for a call
 *     <prefix>.bl1-<id>.s.<number>   packets of a stream
 *     <prefix>.bl1-<id>.b            a bundle of replies
 *     <prefix>.bl1-<id>.p-<instance> the broker's 503 for a probe
 *     <prefix>.bl1-<id>.w-<service>  an answer to `who`
 *     <prefix>.bl1-<id>.m-<bundle>   the broker's 503 for a bundle of requests
 *
 * The mark `bl1-` tells a worker that the owner reads bundles; the inboxes of other clients have none.
 */
const mark = 'bl1-';

/** A call number as it is written: anything else is no subject of ours, and would not fit into a bundle. */
const callNumber = /^(0|[1-9][0-9]{0,14})$/;

/** Subject of an inbox, from the user's prefix and a random id. */
export function inboxSubject(prefix: string, id: string): string {
  return `${prefix}.${mark}${id}`;
}

export const bundleToken = 'b';
export const streamPrefix = 's.';
export const probePrefix = 'p-';
export const whoPrefix = 'w-';
export const bundlePrefix = 'm-';

/** Where replies to `replySubject` may be bundled, and the number of its call; undefined if its owner reads no bundles. */
export function bundledReplyAddress(replySubject: string): { subject: string; number: number } | undefined {
  const dot = replySubject.lastIndexOf('.');
  const before = replySubject.lastIndexOf('.', dot - 1);
  if (!replySubject.startsWith(mark, before + 1)) return undefined;
  const token = replySubject.slice(dot + 1);
  const number = Number(token);
  if (!callNumber.test(token) || number >= callNumberLimit) return undefined;
  return { subject: `${replySubject.slice(0, dot)}.${bundleToken}`, number };
}

/** Where the caller that gave `replySubject` takes packets of a stream; undefined if it takes none. */
export function streamReplySubject(replySubject: string): string | undefined {
  if (bundledReplyAddress(replySubject) === undefined) return undefined;
  const dot = replySubject.lastIndexOf('.');
  return `${replySubject.slice(0, dot)}.${streamPrefix}${replySubject.slice(dot + 1)}`;
}

/** The inbox whose owner sent a bundle of requests with this reply subject, and where it takes bundles of replies. */
export function bundledRequestsAddress(
  replySubject: string,
): { inbox: string; bundledReplies: string } | undefined {
  const dot = replySubject.lastIndexOf('.');
  if (dot < 0) return undefined;
  const inbox = replySubject.slice(0, dot);
  return { inbox, bundledReplies: `${inbox}.${bundleToken}` };
}

/** Number of the call a receipt is for; `rest` is what follows the inbox in its subject. */
export function receiptNumber(rest: string): number | undefined {
  if (!rest.endsWith(receiptSuffix)) return undefined;
  const from = rest.startsWith(streamPrefix) ? streamPrefix.length : 0;
  return Number(rest.slice(from, -receiptSuffix.length));
}
