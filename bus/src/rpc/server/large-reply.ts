import { encodeAccept, encodeEnd, type OutgoingPacket } from '../../wire/packet.ts';
import { type Channel, createChannel, openingCreditBytes } from '../stream/channel.ts';
import type { ServedStream, StreamTable } from './stream-table.ts';

const nothing = new Uint8Array(0);

/** The reply to a unary call that is too large for one message. */
export interface LargeReplyInit {
  readonly streams: StreamTable;
  /** Where the caller takes packets. */
  readonly subject: string;
  /** Header block with the handler's header and trailer, if any. */
  readonly head: Uint8Array | undefined;
  readonly body: Uint8Array;
  readonly connected: () => boolean;
  /** Largest message the broker takes now. */
  readonly maxPacketBytes: () => number;
  sendPacket(subject: string, packet: OutgoingPacket, reply: string | undefined): void;
  /** The reply is on its way as a whole, or nobody is there to take it. */
  onOver(): void;
}

/** A large reply on its way. */
export interface LargeReply {
  /** The caller no longer waits for it. */
  abandon(): void;
}

/**
 * Sends a large reply as a stream the caller did not open (docs/protocol.md, "Messages of any size"). It begins within
 * the credit that every caller gives unasked.
 */
export function sendLargeReply(init: LargeReplyInit): LargeReply {
  const { streams } = init;
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    streams.close(number);
    stopWatching();
    channel.close();
    init.onOver();
  };
  const served: ServedStream = {
    onPacket: (packet) => channel.receive(packet),
    onCallerGone: end,
  };
  const { number, subject } = streams.open(served);
  const channel: Channel = createChannel(
    {
      creditBytes: openingCreditBytes,
      windowBytes: openingCreditBytes,
      maxMessageBytes: 0,
      maxPacketBytes: init.maxPacketBytes,
      canSend: () => init.connected(),
      send: (packet, probe) => init.sendPacket(init.subject, packet, probe ? subject : undefined),
      turns: streams.hub,
    },
    { onMessage: end, onLast() {}, onWritable() {}, onBroken: end, onFlushed: end },
  );
  const stopWatching = streams.hub.watch({
    get heardAtMs() {
      return channel.heardAtMs;
    },
    sayAlive: () => channel.say({ kind: 'alive', payload: nothing }),
    onStalled: end,
  });
  channel.say({ kind: 'accept', payload: encodeAccept(openingCreditBytes, subject) });
  channel.write(init.body);
  channel.end();
  channel.finish(encodeEnd(init.head, nothing));
  return { abandon: end };
}
