import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as openSocket, type Socket } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { startNats } from '@busline/bus/testing';
import {
  EchoResponseSchema,
  EchoService,
  GenerateRequestSchema,
} from '@busline/schemas/busline/bench/v1/bench';
import { GreetService, SayHelloRequestSchema, SayHelloResponseSchema } from '@busline/schemas/greet/v1/greet';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { connect } from '../bus.ts';
import type { Logger } from '../connection/logger.ts';
import { implement } from '../rpc/server/implement.ts';
import { encodeBundle } from './bundle.ts';
import { envelopePrefix } from './envelope.ts';
import { inboxSubject } from './inbox.ts';
import { decodePacket, encodeAccept, encodeEnd, encodePacket, type Frame, u32 } from './packet.ts';
import { encodeErrorReply, readReply } from './reply.ts';
import { encodeRequestHead, encodeStreamRequestHead } from './request.ts';
import { receiptSuffix, subjectSpace } from './subject.ts';

const document = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');

const instance = '4f1c9ae2d07b6835';
const nobody = new ConnectError('nobody of that name', Code.NotFound);
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** The bytes of the example ```nats <name>. */
function example(name: string): Buffer {
  const text = document.split(`\`\`\`nats ${name}\n`)[1]?.split('```')[0];
  if (text === undefined) throw new Error(`docs/protocol.md has no example "${name}"`);
  const unescaped = text
    .replaceAll('\n', '')
    .replaceAll('\\r', '\r')
    .replaceAll('\\n', '\n')
    .replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(unescaped, 'latin1');
}

/** A protocol message taken apart, its lengths checked against what follows. */
function parse(bytes: Buffer) {
  const lineEnd = bytes.indexOf('\r\n');
  const [verb = '', subject, ...rest] = bytes.toString('latin1', 0, lineEnd).split(' ');
  const lengths = verb.startsWith('H') ? 2 : 1;
  const [headLength, total] = lengths === 2 ? rest.slice(-2).map(Number) : [0, Number(rest.at(-1))];
  const payload = bytes.subarray(lineEnd + 2);
  expect(payload.length, 'the length on the first line, and CRLF').toBe((total ?? 0) + 2);
  expect(payload.subarray(-2).toString()).toBe('\r\n');
  return {
    verb,
    subject,
    reply: rest.length > lengths ? rest[0] : undefined,
    head: lengths === 2 ? payload.subarray(0, headLength) : undefined,
    body: payload.subarray(headLength, total),
  };
}

const request = parse(example('request'));
const replySubject = request.reply as string;
const inbox = replySubject.slice(0, replySubject.lastIndexOf('.'));
const subjects = subjectSpace('rpc');
const streamInbox = `${inbox}.s.2`;
const nothing = new Uint8Array(0);
const response = { greeting: 'Hello, Ada!', instance };

describe('the examples of docs/protocol.md', () => {
  it('show a request as it is encoded', () => {
    expect(inbox).toBe(inboxSubject('_INBOX', '9d3c6b0e5f1a2748'));
    expect(request.subject).toBe(subjects.method('greet.v1.GreetService', 'SayHello'));
    expect(request.head).toEqual(encodeRequestHead({ timeoutMs: 10_000 }));
    expect(request.body).toEqual(
      Buffer.from(toBinary(SayHelloRequestSchema, create(SayHelloRequestSchema, { name: 'Ada' }))),
    );
  });

  it('show the reply as it is encoded', () => {
    const { subject, head, body } = parse(example('reply'));
    expect([subject, head]).toEqual([replySubject, undefined]);
    expect(body).toEqual(
      Buffer.from(toBinary(SayHelloResponseSchema, create(SayHelloResponseSchema, response))),
    );
  });

  it('show an error as it is encoded and read', () => {
    const { subject, head, body } = parse(example('error'));
    expect(subject).toBe(replySubject);
    expect({ head, body: new Uint8Array(body) }).toEqual(encodeErrorReply(nobody, undefined));
    expect(readReply(head, body)).toMatchObject({
      kind: 'error',
      error: { code: Code.NotFound, rawMessage: 'nobody of that name' },
      fate: undefined,
    });
  });

  it("show the broker's answer for nobody", () => {
    const { subject, head, body } = parse(example('no-responders'));
    expect(subject).toBe(replySubject);
    expect(readReply(head, body)).toEqual({ kind: 'no-responders' });
  });

  it.each([
    ['receipt', `${replySubject}${receiptSuffix}`, undefined, instance],
    ['probe', subjects.instance(instance, 'probe'), `${inbox}.p-${instance}`, ''],
    ['cancel', subjects.instance(instance, 'cancel'), undefined, replySubject],
    ['who', subjects.broadcast('greet.v1.GreetService', 'who'), `${inbox}.w-0`, replySubject],
    ['who-answer', `${inbox}.w-0`, undefined, `${instance}\n${replySubject}`],
  ])('show a %s', (name, subject, reply, body) => {
    const message = parse(example(name));
    expect(message).toMatchObject({ verb: 'PUB', subject, reply, head: undefined });
    expect(message.body.toString()).toBe(body);
  });

  it('show bundles as they are encoded', () => {
    const requests = parse(example('bundle'));
    const { head, body } = request;
    expect(requests.subject).toBe(subjects.bundle('greet.v1.GreetService', 'SayHello'));
    expect(requests.reply).toBe(`${inbox}.m-1`);
    expect(requests.body).toEqual(encodeBundle([0, 1].map((number) => ({ number, head, body }))));
    const replies = parse(example('bundle-reply'));
    const reply = parse(example('reply')).body;
    expect(replies.subject).toBe(`${inbox}.b`);
    expect(replies.body).toEqual(
      encodeBundle([0, 1].map((number) => ({ number, head: undefined, body: reply }))),
    );
  });

  describe('of a stream', () => {
    const windowBytes = 1024 * 1024;
    const caller = 0x5e1f0001;
    const streamSubject = subjects.stream(instance, 1);
    const envelope = (message: Uint8Array): Uint8Array =>
      Buffer.concat([envelopePrefix(message.length), message]);
    const payloads = ['abc', 'def'].map((text) => new TextEncoder().encode(text));

    it('show the opening as it is encoded', () => {
      const opening = parse(example('stream-opening'));
      expect([opening.subject, opening.reply]).toEqual([
        subjects.method(EchoService.typeName, 'Generate'),
        streamInbox,
      ]);
      expect(opening.head).toEqual(encodeStreamRequestHead({ timeoutMs: 10_000, windowBytes }));
      const message = create(GenerateRequestSchema, { count: 2n, payloadBytes: 3 });
      const frames: Frame[] = [
        { kind: 'data', payload: envelope(toBinary(GenerateRequestSchema, message)) },
        { kind: 'last', payload: nothing },
      ];
      expect(opening.body).toEqual(encodePacket({ sender: caller, sequence: 0 }, frames));
    });

    it("show the worker's packet as it is encoded", () => {
      const reply = parse(example('stream-reply'));
      const messages = payloads.map((payload) =>
        envelope(toBinary(EchoResponseSchema, create(EchoResponseSchema, { payload }))),
      );
      const frames: Frame[] = [
        { kind: 'accept', payload: encodeAccept(windowBytes, streamSubject) },
        { kind: 'head', payload: nothing },
        { kind: 'data', payload: Buffer.concat(messages) },
        { kind: 'last', payload: nothing },
        { kind: 'end', payload: encodeEnd(undefined, nothing) },
      ];
      expect([reply.subject, reply.head]).toEqual([streamInbox, undefined]);
      expect(reply.body).toEqual(encodePacket({ sender: 0xb0a7c0de, sequence: 0 }, frames));
    });

    const later: [string, number, Frame][] = [
      ['stream-credit', 1, { kind: 'credit', payload: u32(windowBytes / 2) }],
      ['stream-alive', 2, { kind: 'alive', payload: nothing }],
    ];
    it.each(later)('show %s as it is encoded', (name, sequence, frame) => {
      const message = parse(example(name));
      expect(message).toMatchObject({ verb: 'PUB', subject: streamSubject, reply: streamInbox });
      expect(message.body).toEqual(encodePacket({ sender: caller, sequence }, [frame]));
    });

    it('are what a worker answers, but for its own id and that of its end', async () => {
      await using nats = await startNats();
      const socket = await rawConnection(nats.port, `${inbox}.s.*`);
      const bus = await connect({ servers: nats.url, logger: silent });
      try {
        const generate = async function* () {
          for (const payload of payloads) yield { payload };
        };
        await bus.serve({
          name: 'echo',
          version: '1.0.0',
          services: [implement(EchoService, { generate })],
        });
        const answer = parse(await exchange(socket, example('stream-opening')));
        const { sequence, frames } = decodePacket(answer.body);
        const documented = decodePacket(parse(example('stream-reply')).body);
        expect([answer.subject, sequence]).toEqual([streamInbox, documented.sequence]);
        const own = encodeAccept(windowBytes, subjects.stream(bus.instance, 1));
        const expected = documented.frames.map(({ kind, payload }) => [
          kind,
          kind === 'accept' ? own : payload,
        ]);
        expect(frames.map(({ kind, payload }) => [kind, payload])).toEqual(expected);
      } finally {
        socket.destroy();
        await bus.drain();
      }
    });
  });

  it('are what a worker and a broker answer to those very bytes', async () => {
    await using nats = await startNats();
    const socket = await rawConnection(nats.port, `${inbox}.*`);
    const bus = await connect({ servers: nats.url, logger: silent });
    try {
      // Which headers come with the status depends on the broker's version.
      const refusal = parse(await exchange(socket, example('request')));
      expect(refusal.subject).toBe(replySubject);
      expect(readReply(refusal.head, refusal.body)).toEqual({ kind: 'no-responders' });
      const answers = [() => response, () => Promise.reject(nobody), () => response, () => response];
      const sayHello = () => answers.shift()?.() ?? {};
      await bus.serve({
        name: 'greeter',
        version: '1.0.0',
        services: [implement(GreetService, { sayHello })],
      });
      expect(await exchange(socket, example('request'))).toEqual(delivered(example('reply')));
      expect(await exchange(socket, example('request'))).toEqual(delivered(example('error')));
      expect(await exchange(socket, example('bundle'))).toEqual(delivered(example('bundle-reply')));
    } finally {
      socket.destroy();
      await bus.drain();
    }
  });
});

/** A published message as the broker hands it to subscription 1. */
function delivered(published: Buffer): Buffer {
  const [subject, ...lengths] = published
    .toString('latin1', 0, published.indexOf('\r\n'))
    .split(' ')
    .slice(1);
  const verb = lengths.length === 1 ? 'MSG' : 'HMSG';
  const rest = published.subarray(published.indexOf('\r\n'));
  return Buffer.concat([Buffer.from(`${verb} ${subject} 1 ${lengths.join(' ')}`), rest]);
}

/** A bare socket that speaks NATS, with subscription 1. */
async function rawConnection(port: number, subscription: string): Promise<Socket> {
  const socket = openSocket(port, '127.0.0.1');
  await once(socket, 'data');
  // Protocol 0 asks the broker not to tell of changes to itself on its own.
  const options = { verbose: false, headers: true, no_responders: true, protocol: 0 };
  socket.write(`CONNECT ${JSON.stringify(options)}\r\nSUB ${subscription} 1\r\nPING\r\n`);
  await received(socket, (bytes) => bytes.toString() === 'PONG\r\n');
  return socket;
}

/** Sends a request, and gives what comes back. */
function exchange(socket: Socket, bytes: Buffer): Promise<Buffer> {
  socket.write(bytes);
  return received(socket, isWholeMessage);
}

/** What the broker sends until it is complete, its own PINGs left out. */
async function received(socket: Socket, isComplete: (bytes: Buffer) => boolean): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (!isComplete(bytes)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    bytes = Buffer.concat([bytes, Buffer.from(chunk.toString('latin1').replace('PING\r\n', ''), 'latin1')]);
  }
  return bytes;
}

function isWholeMessage(bytes: Buffer): boolean {
  const lineEnd = bytes.indexOf('\r\n');
  if (lineEnd < 0) return false;
  const total = Number(bytes.toString('latin1', 0, lineEnd).split(' ').at(-1));
  return bytes.length >= lineEnd + 2 + total + 2;
}
