import { describe, expect, it } from 'vitest';
import { readHttp1Response } from './response.ts';

const read = (text: string) => readHttp1Response(Buffer.from(text, 'latin1'));

describe('readHttp1Response()', () => {
  it.each([
    ['an answer', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi', 200, 'hi'],
    ['a name in capitals', 'HTTP/1.1 200 OK\r\nContent-Length:2\r\nx: y\r\n\r\nhi', 200, 'hi'],
    ['a status without a reason', 'HTTP/1.1 503\r\ncontent-length: 0\r\n\r\n', 503, ''],
  ])('reads %s', (_what, text, status, body) => {
    const response = read(text);
    expect(response?.status).toBe(status);
    expect(response?.body.toString()).toBe(body);
  });

  it.each([
    ['nothing', ''],
    ['part of the head', 'HTTP/1.1 200 OK\r\ncontent-len'],
    ['part of the body', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nh'],
  ])('waits for more after %s', (_what, text) => {
    expect(read(text)).toBeUndefined();
  });

  it.each([
    ['another protocol', 'SSH-2.0\r\n\r\n', 'not an HTTP/1.1 answer: "SSH-2.0"'],
    ['a body of unknown length', 'HTTP/1.1 200 OK\r\n\r\n', 'status 200 carries no content-length'],
    ['more than one answer', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP', '4 bytes follow an answer'],
  ])('refuses %s', (_what, text, problem) => {
    expect(() => read(text)).toThrow(problem);
  });
});
