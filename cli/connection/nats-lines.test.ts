import { describe, expect, it } from 'vitest';
import { createNatsLines } from './nats-lines.ts';

const conversation =
  'INFO {"server_id":"x","nonce":"secret"}\r\nCONNECT {"user":"u","pass":"secret"}\r\nSUB a.b 1\r\n' +
  'PUB a.b 5\r\nh\r\nPI\r\nHMSG a.b 1 reply 31 34\r\nNATS/1.0\r\na: 1\r\nlonger: two\r\n\r\nxyz\r\nPING\r\n';
const told = [
  'INFO {"server_id":"x","nonce":"…"}',
  'CONNECT {"user":"…","pass":"…"}',
  'SUB a.b 1',
  'PUB a.b 5',
  'HMSG a.b 1 reply 31 34 | a: 1 | longer: two',
  'PING',
];

describe('createNatsLines()', () => {
  it.each([1, 7, 1_000])('tells operations, not payloads nor secrets, in chunks of %i bytes', (size) => {
    const lines: string[] = [];
    const look = createNatsLines((line) => lines.push(line));
    const bytes = Buffer.from(conversation);
    for (let at = 0; at < bytes.length; at += size) look(bytes.subarray(at, at + size));
    expect(lines).toEqual(told);
  });
});
