import { u32 } from '../../wire/packet.ts';
import { type Channel, type ChannelProblem, createChannel, openingCreditBytes } from '../stream/channel.ts';
import { defaultWindowBytes } from '../stream/limits.ts';
import type { CallNumber } from './call-table.ts';
import type { Caller } from './caller.ts';

export interface LargeReplyListener {
  readonly maxMessageBytes: number;
  onReply(body: Uint8Array, head: Uint8Array | undefined): void;
  onBroken(problem: ChannelProblem): void;
}

/** Takes in a reply that comes as a stream: one message, then the outcome with the header block. */
export function receiveLargeReply(caller: Caller, number: CallNumber, listener: LargeReplyListener): Channel {
  let subject: string | undefined;
  let body: Uint8Array | undefined;
  const channel = createChannel(
    {
      creditBytes: 0,
      windowBytes: defaultWindowBytes,
      maxMessageBytes: listener.maxMessageBytes,
      maxPacketBytes: () => caller.maxPayloadBytes,
      canSend: () => subject !== undefined && caller.connected,
      send: (packet, probe) => caller.sendPacket(subject as string, packet, probe ? number : undefined),
      turns: caller.hub,
    },
    {
      onAccept(accepted) {
        subject = accepted.subject;
        // The worker began within the credit that it may take for granted; this is the rest of the window.
        channel.say({ kind: 'credit', payload: u32(defaultWindowBytes - openingCreditBytes) });
      },
      onMessage(message, release) {
        body = message;
        release();
      },
      onLast() {},
      onWritable() {},
      onEnd({ head, whole }) {
        if (whole && body !== undefined) listener.onReply(body, head);
        else listener.onBroken({ kind: 'loss', message: 'the reply ended before its message was whole' });
      },
      onBroken: (problem) => listener.onBroken(problem),
    },
  );
  return channel;
}
