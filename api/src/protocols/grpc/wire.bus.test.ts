import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../../testing/edge-fixture.ts';
import { type EdgePorts, openEdgePorts } from '../../../testing/edge-port.ts';
import { envelope } from '../envelope/prefix.ts';

// What clients see on the wire that no library shows: frames, trailers, and what comes where.
let edge: EdgeFixture;
let ports: EdgePorts;
let session: ClientHttp2Session;
beforeAll(async () => {
  edge = await startEdgeFixture();
  ports = await openEdgePorts(edge.app);
  session = connect(ports.http2);
});
afterAll(async () => {
  session.destroy();
  await ports[Symbol.asyncDispose]();
  await edge[Symbol.asyncDispose]();
});

type Fields = Record<string, string | number | string[] | undefined>;
interface Answer {
  readonly header: Fields;
  readonly trailers: Fields | undefined;
  readonly body: Buffer;
  readonly rstCode: number | undefined;
  /** Whether the header ended the answer. */
  readonly headerOnly: boolean;
}

/** What a request sends: `rest` never comes where the request is left open. */
interface Sent {
  readonly body?: Uint8Array;
  readonly leaveOpen?: boolean;
}

function send(method: string, fields: Record<string, string> = {}, { body, leaveOpen = false }: Sent = {}) {
  const stream = session.request({
    ':method': 'POST',
    ':path': `/test.sink.v1.SinkService/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...fields,
  });
  if (body !== undefined) stream.write(body);
  if (!leaveOpen) stream.end();
  return stream;
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  let header: Fields = {};
  let headerOnly = false;
  let trailers: Fields | undefined;
  const chunks: Buffer[] = [];
  stream.on('response', (fields, flags) => {
    header = fields;
    headerOnly = (flags & 1) === 1;
  });
  stream.on('trailers', (fields) => {
    trailers = fields;
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'close');
  return { header, trailers, body: Buffer.concat(chunks), rstCode: stream.rstCode, headerOnly };
}

const sinkBytes = (fields: Record<string, unknown>): Uint8Array =>
  toBinary(edge.sink.message('Sink'), create(edge.sink.message('Sink'), fields));
const framed = (fields: Record<string, unknown>): Buffer => Buffer.concat(envelope(0, sinkBytes(fields)));

describe('gRPC on the wire', () => {
  it('answers with header, message and trailers', async () => {
    const { header, body, trailers } = await answerOf(send('Echo', {}, { body: framed({ text: 'hi' }) }));
    expect([header[':status'], header['content-type']]).toEqual([200, 'application/grpc']);
    expect(body).toEqual(framed({ text: 'hi' }));
    expect(trailers).toMatchObject({ 'grpc-status': '0' });
  });

  it.each<[what: string, method: string, fields: Record<string, string>, status: number, code: Code]>([
    ['a method that does not exist', 'Nope', {}, 200, Code.Unimplemented],
    ['a service that does not exist', 'Echo', { ':path': '/no.Service/Echo' }, 200, Code.Unimplemented],
    ['a path of REST', 'Echo', { ':path': '/v1/sinks' }, 200, Code.Unimplemented],
    ['a path that leads nowhere', 'Echo', { ':path': '/%' }, 200, Code.Unimplemented],
    ['another HTTP method', 'Echo', { ':method': 'PUT' }, 405, Code.Unimplemented],
    ['HEAD', 'Echo', { ':method': 'HEAD' }, 405, Code.Unimplemented],
    [
      'a format of messages that is not known',
      'Echo',
      { 'content-type': 'application/grpc+xml' },
      415,
      Code.InvalidArgument,
    ],
    ['a timeout that is none', 'Echo', { 'grpc-timeout': '1s' }, 200, Code.InvalidArgument],
    ['no message', 'Echo', {}, 200, Code.Unimplemented],
  ])('refuses %s in one header', async (_, method, fields, status, code) => {
    const { header, headerOnly, body } = await answerOf(send(method, fields));
    expect([header[':status'], header['grpc-status']]).toEqual([status, String(code)]);
    expect([String(header['content-type']).startsWith('application/grpc'), headerOnly, body.length]).toEqual([
      true,
      true,
      0,
    ]);
  });

  it('names the encodings there are for one there is not', async () => {
    const { header } = await answerOf(send('Echo', { 'grpc-encoding': 'snappy' }, { body: framed({}) }));
    expect([header[':status'], header['grpc-status'], header['grpc-accept-encoding']]).toEqual([
      200,
      String(Code.Unimplemented),
      'gzip,br',
    ]);
  });

  it('takes binary metadata padded, unpadded and joined', async () => {
    const fields = { 'x-data-bin': 'AAE=, AAEC,AA==' };
    const { body } = await answerOf(send('Echo', fields, { body: framed({ text: 'metadata' }) }));
    const { texts } = fromBinary(edge.sink.message('Sink'), body.subarray(5)) as unknown as {
      texts: string[];
    };
    expect(texts).toContain('x-data-bin: AAE, AAEC, AA');
    expect(texts.filter((text) => text.startsWith(':'))).toEqual([]);
  });

  it('does not wait for the rest of a request that is refused, and says that it is not needed', async () => {
    const { header, rstCode } = await answerOf(send('Nope', {}, { body: Buffer.alloc(10), leaveOpen: true }));
    expect([header['grpc-status'], rstCode]).toEqual(['12', 0]);
  });

  it('does not wait for the rest of a stream whose handler is done', async () => {
    const body = framed({ text: 'code:9' });
    const { header, trailers, rstCode } = await answerOf(send('Chat', {}, { body, leaveOpen: true }));
    expect([{ ...header, ...trailers }['grpc-status'], rstCode]).toEqual(['9', 0]);
  });

  it('is refused by HTTP/1.1, which cannot carry it', async () => {
    const response = await fetch(`${ports.http1}/test.sink.v1.SinkService/Echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc' },
      body: new Uint8Array(framed({})),
    });
    expect([
      response.status,
      response.headers.get('grpc-status'),
      response.headers.get('connection'),
    ]).toEqual([505, '12', 'close']);
  });
});

describe('gRPC-Web on the wire', () => {
  const url = (method: string): string => `${ports.http1}/test.sink.v1.SinkService/${method}`;
  const text = { 'content-type': 'application/grpc-web-text' };

  /** The envelopes of a body: flags, and text. */
  function envelopes(body: Buffer): [flags: number, payload: Buffer][] {
    const found: [number, Buffer][] = [];
    for (let at = 0; at < body.length; ) {
      const end = at + 5 + body.readUInt32BE(at + 1);
      found.push([body[at] as number, body.subarray(at + 5, end)]);
      at = end;
    }
    return found;
  }
  const decodeText = (body: string): Buffer =>
    Buffer.concat((body.match(/[^=]+={0,2}/g) ?? []).map((part) => Buffer.from(part, 'base64')));

  it('takes and gives base64, in padded pieces', async () => {
    const body = framed({ text: 'tick', int32Value: 2 });
    const pieces = body.subarray(0, 4).toString('base64') + body.subarray(4).toString('base64');
    const response = await fetch(url('Watch'), { method: 'POST', headers: text, body: pieces });
    expect(response.headers.get('content-type')).toBe('application/grpc-web-text');
    const found = envelopes(decodeText(await response.text()));
    expect(found.map(([flags]) => flags)).toEqual([0, 0, 0x80]);
    expect(found[2]?.[1].toString()).toContain('grpc-status: 0\r\n');
    expect(found[2]?.[1].toString()).toContain('x-trailer: last\r\n');
  });

  it('answers a unary call in one base64 text', async () => {
    const body = framed({ text: 'hi' }).toString('base64');
    const response = await fetch(url('Echo'), { method: 'POST', headers: text, body });
    const found = envelopes(decodeText(await response.text()));
    expect(found[0]?.[1]).toEqual(Buffer.from(sinkBytes({ text: 'hi' })));
    expect(found.map(([flags]) => flags)).toEqual([0, 0x80]);
  });

  it('tells an error in the body, which scripts of any origin can read', async () => {
    const response = await fetch(url('Nope'), {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web+proto' },
    });
    const found = envelopes(Buffer.from(await response.arrayBuffer()));
    expect([
      response.status,
      found.map(([flags, payload]) => [flags, payload.toString().split('\r\n')[0]]),
    ]).toEqual([200, [[0x80, 'grpc-status: 12']]]);
  });

  it('refuses what is not base64', async () => {
    const response = await fetch(url('Echo'), { method: 'POST', headers: text, body: '****' });
    expect(decodeText(await response.text()).toString()).toContain('grpc-status: 3');
  });
});
