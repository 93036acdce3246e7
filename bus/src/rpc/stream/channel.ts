import { randomBytes } from 'node:crypto';
import { EnvelopeError } from '../../wire/envelope.ts';
import {
  decodeAccept,
  decodeEnd,
  decodePacket,
  type Frame,
  lengthOf,
  type OutgoingFrame,
  type OutgoingPacket,
  packetOf,
  packetToBytes,
  readU32,
  sequenceLimit,
  u32,
} from '../../wire/packet.ts';
import { createReceiveWindow, type ReceiveWindow } from './receive-window.ts';
import { createSendWindow, type EncodeInto, type SendWindow } from './send-window.ts';
import type { StreamTurns } from './stream-hub.ts';

/** Bytes one side may send before the other has said how much it takes: what an opening may carry. */
export const openingCreditBytes = 64 * 1024;

/**
 * Largest packet: four messages of 64 KiB, with their prefixes. One of these costs all processes together 355 µs of CPU, and
 * 457 in packets of 130 KiB (medians on a busy machine); packets of 520 KiB gain little, and hold half a window.
 */
const packetBytes = 262 * 1024;

/** Bytes that may wait to be sent before a writer is asked to wait: nearly a packet. Twice as much gained nothing. */
const highWaterBytes = 256 * 1024;

/** Kept free in a packet of data, for its prefix, credit and the address in `accept`. Larger heads and outcomes travel alone. */
const roomForOtherFrames = 1024;

const nothing = new Uint8Array(0);

/** What happens on a channel, told to whoever owns it. None of the functions may throw. */
export interface ChannelListener {
  /** A message. `release` gives its bytes back to the sender's credit, once, when it has been taken. */
  onMessage(message: Uint8Array, release: () => void): void;
  /** The other side sends no more messages. */
  onLast(): void;
  /** A writer that was asked to wait may go on. */
  onWritable(): void;
  onAccept?(accepted: { readonly subject: string }): void;
  /** A packet of another sender accepts the call as well: its opening has arrived twice. */
  onSecondAccept?(accepted: { readonly subject: string }): void;
  onHead?(head: Uint8Array): void;
  /** The outcome has come in: nothing more is to be expected of the other side, though messages may be left to tell. */
  onSettled?(): void;
  /** `whole` tells whether every message of the other side has come in. */
  onEnd?(outcome: {
    readonly head: Uint8Array | undefined;
    readonly body: Uint8Array;
    readonly whole: boolean;
  }): void;
  /** What came in breaks the protocol, or is over a limit; the channel is dead. */
  onBroken(problem: ChannelProblem): void;
  /** All that was to be sent, the outcome included, has been handed over. */
  onFlushed?(): void;
}

export interface ChannelProblem {
  /** `loss`: packets are missing. `size`: a message over the limit. `protocol`: bytes that make no sense. */
  readonly kind: 'loss' | 'size' | 'protocol';
  readonly message: string;
  /** Sizes, where they are the problem. */
  readonly facts?: Readonly<Record<string, string>> | undefined;
}

export interface ChannelOptions {
  /** Bytes that may be sent before anything has come in. */
  readonly creditBytes: number;
  /** Bytes the other side may have sent without their having been taken here. */
  readonly windowBytes: number;
  /** Largest message taken. */
  readonly maxMessageBytes: number;
  /** Largest packet the broker takes now. */
  maxPacketBytes(): number;
  /** Whether packets can be sent: the other side's subject is known, and the connection is there. */
  canSend(): boolean;
  /** Sends a packet. `probe` asks the broker to say so if nobody is there. */
  send(packet: OutgoingPacket, probe: boolean): void;
  /** The turns that all streams of the connection take. */
  readonly turns: StreamTurns;
}

/**
 * One end of a stream: messages out and in, each way within the other's window. One function over 300 lines: what is
 * said and what is heard share the order of the packets, and neither can be read without the other.
 */
export interface Channel {
  /** Writes a message. False asks the writer to wait for `onWritable`. */
  write(message: Uint8Array): boolean;
  /** Writes a message that `encodeInto` encodes. False as for `write`. Throws what `encodeInto` throws, nothing being written. */
  encode<T>(encodeInto: EncodeInto<T>, message: T): boolean;
  /** No more messages from here. */
  end(): void;
  /** Says something besides messages; it leaves before messages that wait. */
  say(frame: Frame): void;
  /** Says how the call ended, after the last message. */
  finish(outcome: Uint8Array): void;
  /** Says at once how the call ended; messages that wait are dropped. */
  cut(outcome: Uint8Array): void;
  /** Takes a packet that arrived. */
  receive(packet: Uint8Array): void;
  /** Tries again to send: credit, address or connection have become available. */
  flush(): void;
  /** Takes what can be sent with the opening, as frames. */
  opening(): Uint8Array;
  /** When the last packet came in, on the clock of `performance.now()`. */
  readonly heardAtMs: number;
  readonly closed: boolean;
  /** Forgets everything; nothing is sent or told any more. */
  close(): void;
}

export function createChannel(options: ChannelOptions, listener: ChannelListener): Channel {
  const outgoing: SendWindow = createSendWindow(options.creditBytes, options.turns.blocks);
  const said: Frame[] = [];
  let outcome: Uint8Array | undefined;
  let lastSaid = false;
  const sender = randomBytes(4).readUInt32BE(0);
  let otherSender: number | undefined;
  let accepted = false;
  let sequenceOut = 0;
  let sequenceIn = 0;
  let scheduled = false;
  let writerWaits = false;
  let closed = false;
  let lastFrameSeen = false;
  let endReceived: Uint8Array | undefined;
  let heardAtMs = performance.now();

  const incoming: ReceiveWindow = createReceiveWindow({
    windowBytes: options.windowBytes,
    maxMessageBytes: options.maxMessageBytes,
    onMessage: (message, release) => listener.onMessage(message, () => guarded(release)),
    onComplete() {
      listener.onLast();
      if (endReceived !== undefined) listener.onEnd?.({ ...decodeEnd(endReceived), whole: true });
    },
    onGrantDue: () => wake(),
  });
  /** Reading on can meet what is wrong with the stream, whoever causes it. */
  const guarded = (work: () => void): void => {
    if (closed) return;
    try {
      work();
    } catch (error) {
      const sizeBytes = error instanceof EnvelopeError ? error.announcedBytes : undefined;
      const { message } = error as Error;
      if (sizeBytes === undefined) broken('protocol', message);
      else
        broken('size', message, { sizeBytes: String(sizeBytes), maxBytes: String(options.maxMessageBytes) });
    }
  };

  const wake = (): void => {
    if (scheduled || closed) return;
    scheduled = true;
    options.turns.schedule(flush);
  };
  /** Bytes of the stream that fit into a packet beside whatever else it says. */
  const dataRoom = (): number => Math.min(packetBytes, options.maxPacketBytes()) - roomForOtherFrames;
  /** What is to be said, as far as it fits into one packet; a head or an outcome may fill one alone. */
  const takeSaid = (): Frame[] => {
    let bytes = 0;
    let count = 0;
    for (const { payload } of said) {
      bytes += payload.length;
      if (count > 0 && bytes > roomForOtherFrames / 2) break;
      count++;
    }
    return said.splice(0, count);
  };
  const takeFrames = (mostBytes: number): OutgoingFrame[] => {
    const frames: OutgoingFrame[] = takeSaid();
    const grant = incoming.takeGrant();
    if (grant > 0) frames.push({ kind: 'credit', payload: u32(grant) });
    const large = frames.some(({ payload }) => lengthOf(payload) > roomForOtherFrames / 2);
    if (large || said.length > 0) return frames;
    const piece = outgoing.take(mostBytes);
    if (piece !== undefined) frames.push({ kind: 'data', payload: piece });
    if (outgoing.drained && !lastSaid) {
      lastSaid = true;
      frames.push({ kind: 'last', payload: nothing });
    }
    const outcomeFits =
      outcome !== undefined && (frames.length === 0 || outcome.length <= roomForOtherFrames / 2);
    if (outcome !== undefined && outcomeFits && outgoing.waitingBytes === 0) {
      frames.push({ kind: 'end', payload: outcome });
      outcome = undefined;
      finished = true;
    }
    return frames;
  };
  let finished = false;
  const nextPacket = (frames: OutgoingFrame[]): OutgoingPacket => {
    const packet = packetOf({ sender, sequence: sequenceOut }, frames);
    sequenceOut = (sequenceOut + 1) % sequenceLimit;
    return packet;
  };
  const flush = (): void => {
    scheduled = false;
    while (!closed && options.canSend()) {
      // Others have filled the socket in this turn. Whoever is left out now is first in the next one.
      if (!options.turns.writable) {
        wake();
        break;
      }
      const frames = takeFrames(dataRoom());
      if (frames.length === 0) break;
      const probe = frames.some(({ kind }) => kind === 'credit' || kind === 'alive');
      try {
        options.send(nextPacket(frames), probe);
      } catch (error) {
        // The number is spent, and the other side would wait for it.
        broken('protocol', `a packet could not be sent: ${(error as Error).message}`);
        return;
      }
      if (finished) {
        listener.onFlushed?.();
        return;
      }
    }
    if (writerWaits && !closed && outgoing.waitingBytes < highWaterBytes) {
      writerWaits = false;
      listener.onWritable();
    }
  };
  /** Whether the writer may go on at once. */
  const afterWrite = (bytes: number): boolean => {
    wake();
    if (options.turns.spend(bytes) && outgoing.waitingBytes < highWaterBytes) return true;
    writerWaits = true;
    return false;
  };
  const broken = (kind: ChannelProblem['kind'], message: string, facts?: ChannelProblem['facts']): void => {
    if (closed) return;
    closed = true;
    listener.onBroken({ kind, message, facts });
  };
  const handle = ({ kind, payload }: Frame): void => {
    switch (kind) {
      case 'data':
        incoming.push(payload);
        return;
      case 'last':
        lastFrameSeen = true;
        incoming.last();
        return;
      case 'credit':
        outgoing.grant(readU32(payload));
        wake();
        return;
      case 'accept': {
        if (accepted) throw new RangeError('the call was accepted twice');
        accepted = true;
        const { windowBytes, subject } = decodeAccept(payload);
        // What was sent with the opening counts against the window.
        outgoing.grant(windowBytes - openingCreditBytes);
        listener.onAccept?.({ subject });
        wake();
        return;
      }
      case 'head':
        listener.onHead?.(payload);
        return;
      case 'end':
        listener.onSettled?.();
        // After `last`, the outcome waits for the messages that are still to be told; otherwise it comes before its time.
        if (incoming.complete || !lastFrameSeen)
          listener.onEnd?.({ ...decodeEnd(payload), whole: incoming.complete });
        else endReceived = payload;
        return;
      case 'alive':
        return;
    }
  };

  return {
    get heardAtMs() {
      return heardAtMs;
    },
    get closed() {
      return closed;
    },
    write(message) {
      outgoing.write(message);
      return afterWrite(message.length);
    },
    encode(encodeInto, message) {
      return afterWrite(outgoing.encode(encodeInto, message));
    },
    end() {
      outgoing.end();
      wake();
    },
    say(frame) {
      said.push(frame);
      wake();
    },
    finish(payload) {
      outcome = payload;
      wake();
    },
    cut(payload) {
      outgoing.clear();
      lastSaid = true;
      outcome = payload;
      wake();
    },
    receive(packet) {
      if (closed) return;
      heardAtMs = performance.now();
      guarded(() => {
        const { sender: from, sequence, frames } = decodePacket(packet);
        otherSender ??= from;
        if (from !== otherSender) {
          const second = frames.find(({ kind }) => kind === 'accept');
          if (second !== undefined) listener.onSecondAccept?.(decodeAccept(second.payload));
          return;
        }
        const ahead = (sequence - sequenceIn + sequenceLimit) % sequenceLimit;
        // A packet that came before: the network repeated it.
        if (ahead >= sequenceLimit / 2) return;
        if (ahead > 0) {
          broken('loss', `${ahead} packets before number ${sequence} are missing`);
          return;
        }
        sequenceIn = (sequenceIn + 1) % sequenceLimit;
        for (const frame of frames) {
          if (closed) return;
          handle(frame);
        }
      });
    },
    flush: wake,
    opening() {
      return packetToBytes(nextPacket(takeFrames(dataRoom())));
    },
    close() {
      closed = true;
      outgoing.clear();
      said.length = 0;
    },
  };
}
