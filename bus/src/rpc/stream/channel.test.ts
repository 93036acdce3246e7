// Long because every part drives the same two ends: the rig below, then what they do, lose and refuse.
import { describe, expect, it } from 'vitest';
import { createBlockPool } from '../../connection/block-pool.ts';
import {
  decodePacket,
  encodeAccept,
  encodeEnd,
  encodePacket,
  type Frame,
  packetToBytes,
  readU32,
} from '../../wire/packet.ts';
import {
  type Channel,
  type ChannelListener,
  type ChannelOptions,
  createChannel,
  openingCreditBytes,
} from './channel.ts';

const nothing = new Uint8Array(0);
const bytes = (text: string) => new TextEncoder().encode(text);

/** One end of a stream, and what it has been told. */
interface End {
  readonly channel: Channel;
  readonly messages: Uint8Array[];
  readonly releases: (() => void)[];
  readonly told: string[];
  /** Whether the outcome has come in, told or not. */
  readonly settled: string[];
  /** Packets on their way from here. */
  readonly sent: Uint8Array[];
  /** Flushes that wait for the end of the turn. */
  readonly turns: (() => void)[];
}

interface EndOptions extends Partial<Omit<ChannelOptions, 'turns'>> {
  readonly turns?: Partial<ChannelOptions['turns']>;
  onWritable?(): void;
}

function createEnd(options: EndOptions = {}): End {
  const end = { messages: [], releases: [], told: [], settled: [], sent: [], turns: [] } as Omit<
    End,
    'channel'
  >;
  const listener: ChannelListener = {
    onMessage(message, release) {
      end.messages.push(new Uint8Array(message));
      end.releases.push(release);
    },
    onLast: () => void end.told.push('last'),
    onWritable: () => options.onWritable?.(),
    onAccept: ({ subject }) => void end.told.push(`accept ${subject}`),
    onSecondAccept: ({ subject }) => void end.told.push(`second accept ${subject}`),
    onHead: (head) => void end.told.push(`head ${head.length}`),
    onEnd: ({ body, whole }) => void end.told.push(`end ${Buffer.from(body)} ${whole ? 'whole' : 'cut'}`),
    onBroken: ({ kind }) => void end.told.push(`broken ${kind}`),
    onFlushed: () => void end.told.push('flushed'),
    onSettled: () => void end.settled.push('settled'),
  };
  const channel = createChannel(
    {
      creditBytes: 1024,
      windowBytes: 1024,
      maxMessageBytes: 2 ** 24,
      canSend: () => true,
      maxPacketBytes: () => 1024 * 1024,
      send: (packet) => end.sent.push(packetToBytes(packet)),
      ...options,
      turns: {
        blocks: createBlockPool(),
        get writable() {
          return options.turns?.writable ?? true;
        },
        spend: (bytes) => options.turns?.spend?.(bytes) ?? true,
        schedule: (flush) => void end.turns.push(flush),
      },
    },
    listener,
  );
  return { ...end, channel };
}

/** Ends the turn, until nothing more is said. */
function turn({ turns }: End): void {
  // What is scheduled meanwhile is for the next turn.
  for (const flush of turns.splice(0)) flush();
}

const framesOf = (packets: readonly Uint8Array[]): Frame[] =>
  packets.flatMap((packet) => decodePacket(packet).frames);
const dataBytes = (packets: readonly Uint8Array[]): number =>
  framesOf(packets).reduce((sum, { kind, payload }) => sum + (kind === 'data' ? payload.length : 0), 0);
const creditBytes = (packets: readonly Uint8Array[]): number =>
  framesOf(packets).reduce((sum, { kind, payload }) => sum + (kind === 'credit' ? readU32(payload) : 0), 0);
const data = (hex: string): Frame => ({ kind: 'data', payload: Buffer.from(hex, 'hex') });
const last: Frame = { kind: 'last', payload: nothing };
const accept: Frame = { kind: 'accept', payload: encodeAccept(1024, 'rpc.i.w.s.1') };
const at = (sequence: number, sender = 7) => ({ sender, sequence });

/** A generator of numbers below 1, the same for the same seed (a linear congruence, Knuth's MMIX constants cut to 32 bits). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Messages whose bytes tell where they stand. */
function messagesOf(sizes: readonly number[], salt: number): Uint8Array[] {
  return sizes.map((size, n) => new Uint8Array(size).fill((n * 7 + salt) % 256));
}

/** Writes `messages` as the channel lets it, then ends. Returns what goes on when it is writable again. */
function writer(messages: readonly Uint8Array[], done: (channel: Channel) => void) {
  let written = 0;
  return (channel: Channel): void => {
    while (written < messages.length) {
      if (!channel.write(messages[written++] as Uint8Array)) return;
    }
    if (written++ === messages.length) done(channel);
  };
}

/**
 * A caller and a worker joined by two links, driven in random order: turns end, packets arrive and messages are taken
 * whenever chance says so. Returns when nothing can happen any more.
 */
function converse(seed: number, windows: { caller: number; worker: number }, sizes: readonly number[][]) {
  const chance = random(seed);
  const [up, down] = sizes.map(messagesOf) as [Uint8Array[], Uint8Array[]];
  const writeUp = writer(up, (channel) => channel.end());
  const writeDown = writer(down, (channel) => {
    channel.end();
    channel.finish(encodeEnd(undefined, bytes('ok')));
  });
  let accepted = false;
  const caller: End = createEnd({
    creditBytes: openingCreditBytes,
    windowBytes: windows.caller,
    canSend: () => accepted,
    onWritable: () => writeUp(caller.channel),
  });
  const worker: End = createEnd({
    creditBytes: windows.caller,
    windowBytes: windows.worker,
    onWritable: () => writeDown(worker.channel),
  });
  writeUp(caller.channel);
  const opening = caller.channel.opening();
  const carried = { up: dataBytes([opening]), down: 0 };
  const allowed = { up: openingCreditBytes, down: windows.caller };
  const excess: string[] = [];
  worker.channel.receive(opening);
  worker.channel.say({ kind: 'accept', payload: encodeAccept(windows.worker, 'rpc.i.w.s.1') });
  writeDown(worker.channel);

  const arrive = (from: End, to: End, way: 'up' | 'down'): void => {
    const packet = from.sent.shift() as Uint8Array;
    const piece = dataBytes([packet]);
    carried[way] += piece;
    // An opening may have carried more than the window it meets; then nothing may follow until that is taken.
    if (piece > 0 && carried[way] > allowed[way])
      excess.push(`${way}: ${carried[way]} bytes of ${allowed[way]}`);
    // Credit counts from its arrival at the sender.
    allowed[way === 'up' ? 'down' : 'up'] += creditBytes([packet]);
    if (framesOf([packet]).some(({ kind }) => kind === 'accept')) {
      accepted = true;
      allowed.up += windows.worker - openingCreditBytes;
    }
    to.channel.receive(packet);
  };
  const actions = [
    { possible: () => caller.turns.length > 0, act: () => caller.turns.shift()?.() },
    { possible: () => worker.turns.length > 0, act: () => worker.turns.shift()?.() },
    { possible: () => caller.sent.length > 0, act: () => arrive(caller, worker, 'up') },
    { possible: () => worker.sent.length > 0, act: () => arrive(worker, caller, 'down') },
    { possible: () => caller.releases.length > 0, act: () => caller.releases.shift()?.() },
    { possible: () => worker.releases.length > 0, act: () => worker.releases.shift()?.() },
  ];
  for (;;) {
    const possible = actions.filter((action) => action.possible());
    if (possible.length === 0) break;
    possible[Math.floor(chance() * possible.length)]?.act();
  }
  return { caller, worker, up, down, excess };
}

describe('two channels', () => {
  const windowSizes = [1, 2, 63, 1000, 65_536, 1_048_576];
  const pairs = windowSizes.flatMap((caller) => windowSizes.map((worker) => ({ caller, worker })));

  it.each(pairs)(
    'carry messages of all sizes to their end, within windows of $caller and $worker bytes',
    (windows) => {
      for (let seed = 1; seed <= 8; seed++) {
        const chance = random(seed * 7919 + windows.caller + windows.worker);
        const sizesFor = (window: number): number[] => {
          const interesting = [0, 1, Math.max(0, window - 5), window, window + 1, 3 * window, 200_000];
          // Small windows take a packet for each of their bytes.
          const largest = Math.min(60 * window, 300_000);
          const pick = () => Math.min(largest, interesting[Math.floor(chance() * interesting.length)] ?? 0);
          return Array.from({ length: Math.floor(chance() * 6) }, pick);
        };
        const sizes = [sizesFor(windows.worker), sizesFor(windows.caller)];
        const { caller, worker, up, down, excess } = converse(seed, windows, sizes);
        expect({ seed, excess }).toEqual({ seed, excess: [] });
        expect(worker.messages.map(({ length }) => length)).toEqual(sizes[0]);
        expect(Buffer.compare(Buffer.concat(worker.messages), Buffer.concat(up))).toBe(0);
        expect(caller.messages.map(({ length }) => length)).toEqual(sizes[1]);
        expect(Buffer.compare(Buffer.concat(caller.messages), Buffer.concat(down))).toBe(0);
        expect(worker.told).toContain('last');
        expect(caller.told).toEqual(['accept rpc.i.w.s.1', 'last', 'end ok whole']);
      }
    },
  );

  it('stand still exactly at the window of a reader that takes nothing, and go on when it does', () => {
    const reader = createEnd({ windowBytes: 1000 });
    const sender = createEnd({ creditBytes: 1000 });
    for (let n = 0; n < 100; n++) sender.channel.write(new Uint8Array(45));
    const pass = (): void => {
      turn(sender);
      for (const packet of sender.sent.splice(0)) reader.channel.receive(packet);
      turn(reader);
    };
    turn(sender);
    expect(dataBytes(sender.sent)).toBe(1000);
    pass();
    expect([reader.messages.length, reader.sent.length]).toEqual([20, 0]);
    for (const release of reader.releases.splice(0, 9)) release();
    turn(reader);
    expect(reader.sent).toHaveLength(0);
    for (const release of reader.releases.splice(0, 1)) release();
    turn(reader);
    expect(creditBytes(reader.sent)).toBe(500);
    for (const packet of reader.sent.splice(0)) sender.channel.receive(packet);
    turn(sender);
    expect(dataBytes(sender.sent)).toBe(500);
  });

  it('give the bytes of a message back once, however often it is released', () => {
    const reader = createEnd({ windowBytes: 10 });
    reader.channel.receive(encodePacket(at(0), [data('00000000050102030405')]));
    for (let n = 0; n < 3; n++) reader.releases[0]?.();
    turn(reader);
    expect(creditBytes(reader.sent)).toBe(10);
  });

  it('ask a writer to wait beyond 256 KiB, and tell it when to go on', () => {
    const writable: string[] = [];
    const sender = createEnd({ creditBytes: 200_000, onWritable: () => writable.push('writable') });
    expect(sender.channel.write(new Uint8Array(200_000))).toBe(true);
    expect(sender.channel.write(new Uint8Array(100_000))).toBe(false);
    expect(writable).toEqual([]);
    turn(sender);
    expect(writable).toEqual(['writable']);
  });

  it('ask a writer to wait for the next turn when this one has seen enough', () => {
    const writable: string[] = [];
    const sender = createEnd({
      turns: { spend: (bytes) => bytes < 3 },
      onWritable: () => writable.push('writable'),
    });
    expect(sender.channel.write(bytes('on'))).toBe(true);
    expect(sender.channel.write(bytes('one'))).toBe(false);
    turn(sender);
    expect(writable).toEqual(['writable']);
  });

  it('wait for another turn when others have filled the socket in this one', () => {
    const socket = { writable: false };
    const sender = createEnd({ turns: socket });
    sender.channel.write(bytes('one'));
    turn(sender);
    expect([sender.sent.length, sender.turns.length]).toEqual([0, 1]);
    socket.writable = true;
    turn(sender);
    expect(sender.sent.length).toBe(1);
  });

  it('send nothing while they cannot, and everything in one packet when they can', () => {
    let open = false;
    const sender = createEnd({ canSend: () => open });
    sender.channel.write(bytes('one'));
    sender.channel.write(bytes('two'));
    sender.channel.end();
    sender.channel.finish(encodeEnd(undefined, nothing));
    turn(sender);
    expect(sender.sent).toEqual([]);
    open = true;
    sender.channel.flush();
    turn(sender);
    expect(sender.sent).toHaveLength(1);
    expect(framesOf(sender.sent).map(({ kind }) => kind)).toEqual(['data', 'last', 'end']);
    expect(sender.told).toEqual(['flushed']);
  });

  it.each([4096, 32_768, 1_048_576])('keep every packet within %i bytes', (maxPacketBytes) => {
    const sender = createEnd({ creditBytes: 1_000_000, maxPacketBytes: () => maxPacketBytes });
    const reader = createEnd();
    const messages = messagesOf([3, 100_000, 0, 5000], 1);
    const head = new Uint8Array(maxPacketBytes - 100);
    const outcome = encodeEnd(new Uint8Array(maxPacketBytes - 200), bytes('ok'));
    sender.channel.say(accept);
    sender.channel.say({ kind: 'head', payload: head });
    for (const message of messages) sender.channel.write(message);
    sender.channel.end();
    sender.channel.finish(outcome);
    turn(sender);
    expect(Math.max(...sender.sent.map(({ length }) => length))).toBeLessThanOrEqual(maxPacketBytes);
    for (const packet of sender.sent) reader.channel.receive(packet);
    expect(reader.messages).toEqual(messages);
    const told = ['accept rpc.i.w.s.1', `head ${head.length}`, 'last', 'end ok whole'];
    expect(reader.told).toEqual(told);
  });

  it('are broken by a packet that cannot be sent: its number is spent', () => {
    const end = createEnd({
      send() {
        throw new Error('the broker takes no more than 10 bytes');
      },
    });
    end.channel.write(bytes('one'));
    turn(end);
    expect([end.told, end.channel.closed]).toEqual([['broken protocol'], true]);
  });

  it('cut: messages that wait are dropped, and the end comes before the last one', () => {
    const sender = createEnd({ creditBytes: 8 });
    const reader = createEnd();
    sender.channel.write(bytes('abc'));
    sender.channel.write(bytes('never sent'));
    turn(sender);
    sender.channel.cut(encodeEnd(undefined, bytes('cancelled')));
    turn(sender);
    for (const packet of sender.sent) reader.channel.receive(packet);
    expect(reader.messages).toEqual([bytes('abc')]);
    expect(reader.told).toEqual(['end cancelled cut']);
    expect(sender.told).toEqual(['flushed']);
  });

  it('hold the end back until every message has left', () => {
    const sender = createEnd({ creditBytes: 10 });
    sender.channel.write(bytes('a long message'));
    sender.channel.end();
    sender.channel.finish(encodeEnd(undefined, nothing));
    turn(sender);
    expect(framesOf(sender.sent).map(({ kind }) => kind)).toEqual(['data']);
    sender.channel.receive(encodePacket(at(0), [{ kind: 'credit', payload: Uint8Array.of(0, 0, 0, 100) }]));
    turn(sender);
    expect(framesOf(sender.sent).map(({ kind }) => kind)).toEqual(['data', 'data', 'last', 'end']);
  });
});

describe('an end behind messages that wait for the reader', () => {
  const small = Array.from({ length: 600 }, () => Uint8Array.of(1));
  const sendTo = (reader: End, finish: (channel: Channel) => void): void => {
    const sender = createEnd({ creditBytes: 100_000 });
    for (const message of small) sender.channel.write(message);
    turn(sender);
    finish(sender.channel);
    turn(sender);
    for (const packet of sender.sent) reader.channel.receive(packet);
  };

  it('is told after the last of them', () => {
    const reader = createEnd();
    sendTo(reader, (channel) => {
      channel.end();
      channel.finish(encodeEnd(undefined, bytes('ok')));
    });
    expect([reader.messages.length, reader.told, reader.settled]).toEqual([512, [], ['settled']]);
    while (reader.releases.length > 0) reader.releases.shift()?.();
    expect([reader.messages.length, reader.told]).toEqual([600, ['last', 'end ok whole']]);
  });

  it('is told at once when it comes before its time', () => {
    const reader = createEnd();
    sendTo(reader, (channel) => channel.cut(encodeEnd(undefined, bytes('deadline'))));
    expect(reader.told).toEqual(['end deadline cut']);
  });
});

describe('a link that loses, repeats or reorders', () => {
  const packet = (n: number): Uint8Array => encodePacket(at(n), [data(`0000000001${n}${n}`)]);
  const links: [string, Uint8Array[], number, string[]][] = [
    ['nothing', [packet(0), packet(1), packet(2)], 3, []],
    ['loses the first', [packet(1), packet(2)], 0, ['broken loss']],
    ['loses one', [packet(0), packet(2), packet(3)], 1, ['broken loss']],
    ['repeats one', [packet(0), packet(1), packet(1), packet(2)], 3, []],
    ['repeats one late', [packet(0), packet(1), packet(2), packet(0), packet(3)], 4, []],
    ['swaps two', [packet(0), packet(2), packet(1), packet(3)], 1, ['broken loss']],
  ];
  it.each(links)('%s: never a wrong message', (_, packets, count, told) => {
    const end = createEnd();
    for (const each of packets) end.channel.receive(each);
    expect(end.messages).toEqual(Array.from({ length: count }, (_, n) => Uint8Array.of(n * 17)));
    expect([end.told, end.channel.closed]).toEqual([told, told.length > 0]);
  });

  it('in any way: what arrives is the beginning of what was sent, and all of it when it is whole', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const chance = random(seed);
      const sender = createEnd({ creditBytes: 1_000_000 });
      const messages = messagesOf(
        Array.from({ length: 12 }, () => Math.floor(chance() * 20_000)),
        seed,
      );
      for (const message of messages) {
        sender.channel.write(message);
        turn(sender);
      }
      sender.channel.end();
      sender.channel.finish(encodeEnd(undefined, bytes('ok')));
      turn(sender);
      const packets = sender.sent.flatMap((each) => {
        const fault = chance();
        return fault < 0.04 ? [] : fault < 0.1 ? [each, each] : [each];
      });
      const from = Math.floor(chance() * packets.length * 3);
      packets.splice(from, 2, ...packets.slice(from, from + 2).reverse());
      const reader = createEnd();
      for (const each of packets) reader.channel.receive(each);
      expect(reader.messages).toEqual(messages.slice(0, reader.messages.length));
      const complete = reader.messages.length === messages.length;
      expect({ seed, cut: reader.told.includes('end ok cut') }).toEqual({ seed, cut: false });
      expect({ seed, complete: complete || !reader.told.includes('last') }).toEqual({ seed, complete: true });
    }
  });

  it('brings packets of two senders: the first one is heard, a second accept is told', () => {
    const end = createEnd();
    const other: Frame = { kind: 'accept', payload: encodeAccept(1024, 'rpc.i.x.s.1') };
    end.channel.receive(encodePacket(at(0, 1), [accept, data('000000000101')]));
    end.channel.receive(encodePacket(at(0, 2), [other, data('000000000102')]));
    end.channel.receive(encodePacket(at(1, 2), [data('000000000102'), last]));
    end.channel.receive(encodePacket(at(1, 1), [data('000000000101')]));
    expect(end.messages).toEqual([Uint8Array.of(1), Uint8Array.of(1)]);
    expect(end.told).toEqual(['accept rpc.i.w.s.1', 'second accept rpc.i.x.s.1']);
  });

  it('counts beyond the largest sequence number', () => {
    const sender = createEnd();
    const end = createEnd();
    sender.channel.write(bytes('a'));
    turn(sender);
    expect(decodePacket(sender.sent[0] as Uint8Array).sequence).toBe(0);
    // Half the numbers count as repeated, half as ahead.
    end.channel.receive(encodePacket(at(2 ** 32 - 1), [data('000000000101')]));
    expect([end.messages.length, end.told]).toEqual([0, []]);
    end.channel.receive(encodePacket(at(2 ** 31 - 1), []));
    expect(end.told).toEqual(['broken loss']);
  });
});

describe('what breaks the protocol', () => {
  const broken: [string, Uint8Array, string][] = [
    ['a packet that is cut short', Uint8Array.of(0, 0), 'broken protocol'],
    ['a frame of an unknown kind', Uint8Array.of(0, 0, 0, 7, 0, 0, 0, 0, 99, 0, 0, 0, 0), 'broken protocol'],
    [
      'an end of the messages within one',
      encodePacket(at(0), [data('0000000002ff'), last]),
      'broken protocol',
    ],
    ['messages after the last', encodePacket(at(0), [last, data('0000000000')]), 'broken protocol'],
    ['unknown flags', encodePacket(at(0), [data('0100000000')]), 'broken protocol'],
    ['a message over the limit', encodePacket(at(0), [data('0001000001')]), 'broken size'],
    [
      'credit that is no number',
      encodePacket(at(0), [{ kind: 'credit', payload: nothing }]),
      'broken protocol',
    ],
    [
      'an accept without a window',
      encodePacket(at(0), [{ kind: 'accept', payload: nothing }]),
      'broken protocol',
    ],
    ['a second accept', encodePacket(at(0), [accept, accept]), 'broken protocol'],
    ['an end that is cut short', encodePacket(at(0), [{ kind: 'end', payload: nothing }]), 'broken protocol'],
  ];
  it.each(broken)('%s: told once, and nothing after it', (_, packet, told) => {
    const end = createEnd();
    end.channel.receive(packet);
    expect(end.told.at(-1)).toBe(told);
    const count = end.told.length;
    end.channel.receive(packet);
    end.channel.receive(encodePacket(at(1), [last]));
    end.channel.write(bytes('too late'));
    turn(end);
    expect([end.told.length, end.sent.length, end.channel.closed]).toEqual([count, 0, true]);
  });

  it('a sign of life says nothing else', () => {
    const end = createEnd();
    end.channel.receive(encodePacket(at(0), [{ kind: 'alive', payload: nothing }]));
    expect([end.told, end.messages]).toEqual([[], []]);
  });

  it('a closed channel tells and sends nothing', () => {
    const end = createEnd();
    end.channel.write(bytes('never sent'));
    end.channel.close();
    turn(end);
    end.channel.receive(encodePacket(at(0), [data('0000000000'), last]));
    expect([end.told, end.messages, end.sent]).toEqual([[], [], []]);
  });
});
