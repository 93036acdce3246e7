import { encodeBundle, itemPrefixBytes } from '../wire/bundle.ts';

/** A message on its way out. */
export interface OutgoingMessage {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly head: Uint8Array | undefined;
  readonly reply: string | undefined;
  /** How the message may travel with others; undefined where it must travel alone. */
  readonly bundling?: Bundling | undefined;
}

/** A message's place in a bundle. */
export interface Bundling {
  readonly route: BundleRoute;
  /** Number of the call. */
  readonly number: number;
  /** Hears in which bundle it left. */
  readonly passenger?: { onBundled(bundle: number): void } | undefined;
}

/** Where bundles go, and how large they may be. */
export interface BundleRoute {
  readonly subject: string;
  /** Reply subject of a bundle; undefined where none is wanted. */
  readonly replySubject?: ((bundle: number) => string) | undefined;
  /** Receivers that share what goes to the subject: a bundle reaches one of them, so there must be several bundles. */
  receivers(): number;
  /**
   * So many messages are not kept until the end of the turn: their receiver begins with them while the sender makes the
   * rest. Default: no number is enough.
   */
  enough?(): number;
}

/**
 * Gathers what one turn of the event loop sends, so that it leaves in one write to the socket, and what has the same
 * destination in one message. Replies wake their callers one by one, and each would otherwise cost a system call of
 * its own and the broker's full price of a message. After a turn with a single message the first of the next is not kept for
 * the end of its turn: it leaves when the code that is running now is done.
 */
export interface Outbox {
  push(message: OutgoingMessage): void;
  /** Hands over what has been gathered now. */
  flush(): void;
}

/** Bytes at which a turn is not waited for: larger writes gain nothing, and the memory is better given back. */
const flushAtBytes = 64 * 1024;

/** Messages above this size travel alone: copying them into a bundle costs more than it saves. */
const maxBundledBytes = 4 * 1024;

export interface OutboxOptions {
  send(message: OutgoingMessage): void;
  /** Lets go what was given to `send`, at the end of a turn. */
  flush(): void;
  /** Largest message the broker takes now. */
  maxBytes(): number;
  /** Hears what sending threw; the rest of that turn is lost. */
  onError(error: unknown): void;
}

export function createOutbox({ send, maxBytes, onError, flush: letGo }: OutboxOptions): Outbox {
  let waiting: OutgoingMessage[] = [];
  let waitingBytes = 0;
  let bundleable = 0;
  // Whether there has been a message in this turn, and how many.
  let isOpen = false;
  let inTurn = 0;
  // Whether the last turn had no more than one message: then there is hardly a second to wait for.
  let quiet = true;
  let bundles = 0;

  const flush = (): void => {
    if (waiting.length === 0) return;
    const batch = waiting;
    const mayBundle = bundleable > 1;
    waiting = [];
    waitingBytes = 0;
    bundleable = 0;
    // Runs on its own at the end of a turn: what it throws would end the process.
    try {
      if (mayBundle) sendBundled(batch);
      else for (const message of batch) send(message);
    } catch (error) {
      onError(error);
    } finally {
      letGo();
    }
  };

  const endTurn = (): void => {
    isOpen = false;
    quiet = inTurn <= 1;
    inTurn = 0;
    flush();
  };

  /** A bundle leaves in the place of its first message, so nothing is overtaken by what was pushed after it. */
  const sendBundled = (batch: readonly OutgoingMessage[]): void => {
    const byRoute = new Map<string, OutgoingMessage[]>();
    for (const message of batch) {
      if (!canBundle(message)) continue;
      const subject = (message.bundling as Bundling).route.subject;
      const group = byRoute.get(subject);
      if (group === undefined) byRoute.set(subject, [message]);
      else group.push(message);
    }
    for (const message of batch) {
      if (!canBundle(message)) {
        send(message);
        continue;
      }
      const { route } = message.bundling as Bundling;
      const group = byRoute.get(route.subject);
      if (group === undefined) continue;
      byRoute.delete(route.subject);
      sendGroup(route, group);
    }
  };

  const sendGroup = (route: BundleRoute, group: readonly OutgoingMessage[]): void => {
    const receivers = route.receivers();
    // Two bundles for each receiver, so that chance shares them out evenly enough; all in one for a single receiver.
    const mostItems = receivers <= 1 ? group.length : Math.ceil(group.length / (2 * receivers));
    const mostBytes = maxBytes();
    let part: OutgoingMessage[] = [];
    let partBytes = 0;
    for (const message of group) {
      const bytes = sizeOf(message);
      if (part.length === mostItems || (part.length > 0 && partBytes + bytes > mostBytes)) {
        sendPart(route, part);
        part = [];
        partBytes = 0;
      }
      part.push(message);
      partBytes += bytes;
    }
    sendPart(route, part);
  };

  const sendPart = (route: BundleRoute, part: readonly OutgoingMessage[]): void => {
    if (part.length === 1) {
      send(part[0] as OutgoingMessage);
      return;
    }
    const bundle = ++bundles;
    const items = part.map(({ head, body, bundling }) => ({
      number: (bundling as Bundling).number,
      head,
      body,
    }));
    for (const { bundling } of part) bundling?.passenger?.onBundled(bundle);
    send({
      subject: route.subject,
      body: encodeBundle(items),
      head: undefined,
      reply: route.replySubject?.(bundle),
    });
  };

  return {
    push(message) {
      const { bundling } = message;
      waiting.push(message);
      waitingBytes += sizeOf(message);
      if (bundling !== undefined) bundleable++;
      inTurn++;
      if (!isOpen) {
        isOpen = true;
        setImmediate(endTurn);
        // Only the first: what else the turn has is better sent together.
        if (quiet) queueMicrotask(flush);
      }
      const enough = bundling?.route.enough?.() ?? Number.POSITIVE_INFINITY;
      if (bundleable >= enough || waitingBytes >= flushAtBytes) flush();
    },
    flush,
  };
}

function canBundle(message: OutgoingMessage): boolean {
  return message.bundling !== undefined && sizeOf(message) <= maxBundledBytes;
}

function sizeOf({ head, body }: OutgoingMessage): number {
  return itemPrefixBytes + (head === undefined ? 0 : head.length) + body.length;
}
