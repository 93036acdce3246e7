import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { headerFields } from './header-block.ts';
import { encodeErrorReply, encodeReplyHead, type Reply, readReply, readReplyMetadata } from './reply.ts';

const empty = new Uint8Array(0);
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const block = (...lines: string[]): Uint8Array => bytes(`NATS/1.0\r\n${lines.join('\r\n')}\r\n\r\n`);

function errorOf(reply: Reply): Extract<Reply, { kind: 'error' }> {
  if (reply.kind !== 'error') throw new Error(`expected an error, got ${reply.kind}`);
  return reply;
}

describe('a successful reply', () => {
  it('has no head when there is nothing to say', () => {
    expect(encodeReplyHead(undefined, undefined)).toBeUndefined();
    expect(encodeReplyHead(new Headers(), new Headers())).toBeUndefined();
    expect(readReply(undefined, empty)).toEqual({ kind: 'message' });
  });

  it('carries header and trailer apart', () => {
    const head = encodeReplyHead(new Headers({ 'x-a': '1' }), new Headers({ 'x-a': '2', cost: '3' }));
    expect(readReply(head, empty)).toEqual({ kind: 'message' });
    const { header, trailer } = readReplyMetadata(head);
    expect([...header]).toEqual([['x-a', '1']]);
    expect([...trailer]).toEqual([
      ['cost', '3'],
      ['x-a', '2'],
    ]);
  });

  it.each(['bl-fate', 'nats-service-error-code', 'trailer-x'])('cannot carry the header %s', (name) => {
    expect(() => encodeReplyHead(new Headers({ [name]: 'x' }), undefined)).toThrow(/reserved/);
  });
});

describe('an error reply', () => {
  const error = new ConnectError('no such order: ✗\nlook again', Code.NotFound, { 'x-a': '1' }, [
    { desc: ErrorInfoSchema, value: { reason: 'NO_ORDER', domain: 'orders' } },
  ]);

  it('is an error to every NATS micro client', () => {
    const { head } = encodeErrorReply(error, undefined);
    expect(headerFields(head)).toEqual([
      ['Nats-Service-Error-Code', '5'],
      ['Nats-Service-Error', 'no such order:  look again'],
      ['x-a', '1'],
    ]);
  });

  it('arrives with code, message, details and metadata', () => {
    const { head, body } = encodeErrorReply(error, undefined);
    const reply = errorOf(readReply(head, body));
    expect(reply.fate).toBeUndefined();
    expect(reply.error).toMatchObject({ code: Code.NotFound, rawMessage: 'no such order: ✗\nlook again' });
    expect(reply.error.metadata.get('x-a')).toBe('1');
    expect(reply.error.findDetails(ErrorInfoSchema)[0]?.reason).toBe('NO_ORDER');
  });

  it.each(['never-started', 'may-have-run'] as const)('says of the call at this hop: %s', (fate) => {
    const { head, body } = encodeErrorReply(error, fate);
    expect(headerFields(head)).toContainEqual(['bl-fate', fate]);
    expect(errorOf(readReply(head, body)).fate).toBe(fate);
  });

  it('keeps its header text short, the whole text being in the body', () => {
    const { head, body } = encodeErrorReply(new ConnectError('x'.repeat(1_000), Code.Internal), undefined);
    expect(headerFields(head)[1]).toEqual(['Nats-Service-Error', 'x'.repeat(256)]);
    expect(errorOf(readReply(head, body)).error.rawMessage).toHaveLength(1_000);
  });

  it('drops metadata that cannot travel on, rather than the error', () => {
    const relayed = new ConnectError('no', Code.Internal, { 'nats-x': '1', 'trailer-y': '2', 'x-a': '3' });
    const { head, body } = encodeErrorReply(relayed, undefined);
    expect([...errorOf(readReply(head, body)).error.metadata]).toEqual([['x-a', '3']]);
  });

  it('joins header and trailer in the metadata of the error', () => {
    const reply = readReply(block('Nats-Service-Error-Code: 5', 'x-a: 1', 'trailer-x-b: 2'), empty);
    expect([...errorOf(reply).error.metadata]).toEqual([
      ['x-a', '1'],
      ['x-b', '2'],
    ]);
  });
});

describe('a reply from elsewhere', () => {
  it.each(['NATS/1.0 503\r\n\r\n', 'NATS/1.0 503 No Responders\r\n\r\n'])('%j: no responders', (text) => {
    expect(readReply(bytes(text), empty)).toEqual({ kind: 'no-responders' });
  });

  it('with headers but no error code is a message', () => {
    expect(readReply(block('x-a: 1', 'Nats-Service-Error: only text'), empty)).toEqual({ kind: 'message' });
  });

  it.each([
    ['5', Code.NotFound],
    ['16', Code.Unauthenticated],
    ['400', Code.InvalidArgument],
    ['401', Code.Unauthenticated],
    ['403', Code.PermissionDenied],
    ['404', Code.NotFound],
    ['408', Code.DeadlineExceeded],
    ['409', Code.Aborted],
    ['429', Code.ResourceExhausted],
    ['499', Code.Canceled],
    ['500', Code.Internal],
    ['501', Code.Unimplemented],
    ['503', Code.Unavailable],
    ['504', Code.DeadlineExceeded],
    ['418', Code.Unknown],
    ['0', Code.Unknown],
    ['-1', Code.Unknown],
    ['3.5', Code.Unknown],
    ['', Code.Unknown],
    ['E_BROKEN', Code.Unknown],
  ])('with the error code "%s" has code %i', (value, code) => {
    const head = block(`Nats-Service-Error-Code: ${value}`, 'Nats-Service-Error: out of stock');
    const { error, fate } = errorOf(readReply(head, bytes('{"detail":"JSON of its own"}')));
    expect(error).toMatchObject({ code, rawMessage: 'out of stock' });
    expect(error.details).toEqual([]);
    expect(fate).toBeUndefined();
  });

  it('with a fate that is none of ours says nothing about its start', () => {
    expect(
      errorOf(readReply(block('Nats-Service-Error-Code: 14', 'bl-fate: perhaps'), empty)).fate,
    ).toBeUndefined();
  });

  it('loses only the metadata that Fetch headers cannot hold', () => {
    const { header } = readReplyMetadata(block('bad name: 1', 'x-wide: ✓', 'x-a: 1'));
    expect([...header]).toEqual([['x-a', '1']]);
  });
});
