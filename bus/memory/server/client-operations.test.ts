import { describe, expect, it } from 'vitest';
import { type ClientOperation, createOperationReader } from './client-operations.ts';

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

describe('createOperationReader', () => {
  const bytes = Buffer.from(
    'CONNECT {"verbose":false}\r\nPING\r\nSUB a.* 1\r\nSUB a.b q 2\r\nUNSUB 1 3\r\n' +
      'PUB a.b 2\r\n\r\n\r\nPUB a.b r 3\r\nabc\r\nHPUB a.b r 12 14\r\nNATS/1.0\r\n\r\nhi\r\nNOPE x\r\n',
  );

  it.each([1, 7, bytes.length])('reads pieces of %i bytes', (size) => {
    const operations: ClientOperation[] = [];
    const read = createOperationReader((operation) => operations.push(operation));
    for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size));

    expect(
      operations.map((operation) =>
        operation.kind === 'publish'
          ? { ...operation, head: text(operation.head), body: text(operation.body) }
          : operation,
      ),
    ).toEqual([
      { kind: 'connect' },
      { kind: 'ping' },
      { kind: 'subscribe', subject: 'a.*', queue: '', id: '1' },
      { kind: 'subscribe', subject: 'a.b', queue: 'q', id: '2' },
      { kind: 'unsubscribe', id: '1', afterMessages: 3 },
      { kind: 'publish', subject: 'a.b', reply: '', head: undefined, body: '\r\n' },
      { kind: 'publish', subject: 'a.b', reply: 'r', head: undefined, body: 'abc' },
      { kind: 'publish', subject: 'a.b', reply: 'r', head: 'NATS/1.0\r\n\r\n', body: 'hi' },
      { kind: 'unknown', line: 'NOPE x' },
    ]);
  });

  it('keeps what it told when the bytes are used again', () => {
    const operations: ClientOperation[] = [];
    const pushed = Buffer.from('PUB a 3\r\nabc\r\n');
    createOperationReader((operation) => operations.push(operation))(pushed);
    pushed.fill(0);

    expect(operations).toMatchObject([{ subject: 'a', body: Buffer.from('abc') }]);
  });
});
