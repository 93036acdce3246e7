import { describe, expect, it } from 'vitest';
import {
  encodeHeaderBlock,
  headerFields,
  headerLine,
  headerPreamble,
  headerStatus,
  readHeaderBlock,
} from './header-block.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

describe('encodeHeaderBlock()', () => {
  it('writes what the NATS protocol calls a header block', () => {
    const block = encodeHeaderBlock(headerPreamble + headerLine('a', 'one') + headerLine('b', 2));
    expect(Buffer.from(block).toString()).toBe('NATS/1.0\r\na: one\r\nb: 2\r\n\r\n');
  });

  it('is what headerFields() reads', () => {
    const fields = [
      ['a', 'one'],
      ['B', 'ünï ✓ 🎈'],
      ['a', 'two: with a colon'],
      ['empty', ''],
    ] as const;
    const lines = fields.map(([name, value]) => headerLine(name, value)).join('');
    expect(headerFields(encodeHeaderBlock(headerPreamble + lines))).toEqual(fields);
  });
});

describe('headerFields()', () => {
  it.each([
    ['no field', 'NATS/1.0\r\n\r\n', []],
    ['no block at all', '', []],
    ['no line end', 'NATS/1.0', []],
    ['a status line', 'NATS/1.0 503\r\n\r\n', []],
    ['no space after the colon', 'NATS/1.0\r\na:b\r\n\r\n', [['a', 'b']]],
    ['much white space', 'NATS/1.0\r\na: \t  b  \t\r\n\r\n', [['a', 'b']]],
    ['white space within the value', 'NATS/1.0\r\na: b  c\r\n\r\n', [['a', 'b  c']]],
    [
      'an empty value',
      'NATS/1.0\r\na:\r\nb: \r\n\r\n',
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
    ['a line without a colon', 'NATS/1.0\r\nnothing\r\na: b\r\n\r\n', [['a', 'b']]],
    ['a line without a name', 'NATS/1.0\r\n: x\r\na: b\r\n\r\n', [['a', 'b']]],
    ['the closing line missing', 'NATS/1.0\r\na: b\r\n', [['a', 'b']]],
    ['the last line end missing', 'NATS/1.0\r\na: b', [['a', 'b']]],
    ['a bare LF inside a value', 'NATS/1.0\r\na: b\nc: d\r\n\r\n', [['a', 'b\nc: d']]],
    [
      'a repeated name',
      'NATS/1.0\r\na: 1\r\na: 2\r\n\r\n',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
  ])('reads a block with %s', (_, text, fields) => {
    expect(headerFields(bytes(text))).toEqual(fields);
  });

  it('reads bytes that are not UTF-8 without failing', () => {
    const block = Buffer.concat([
      bytes('NATS/1.0\r\na: '),
      Buffer.from([0xff, 0xfe]),
      bytes('\r\nb: c\r\n\r\n'),
    ]);
    expect(headerFields(block)).toEqual([
      ['a', '\ufffd\ufffd'],
      ['b', 'c'],
    ]);
  });

  // Half a megabyte of line ends took seconds when each line searched the whole rest for its colon.
  it.each(['\r\n', 'x\r\n', ':\r\n'])('takes time in proportion to the block for lines of %j', (line) => {
    const read = (lines: number): number => {
      const block = bytes(`NATS/1.0\r\n${line.repeat(lines)}`);
      const sinceMs = performance.now();
      readHeaderBlock(block, () => {});
      return performance.now() - sinceMs;
    };
    read(1_000);
    expect(read(256 * 1024)).toBeLessThan(500);
  });
});

describe('headerStatus()', () => {
  it.each([
    ['NATS/1.0 503\r\n\r\n', 503],
    ['NATS/1.0 503 No Responders\r\n\r\n', 503],
    ['NATS/1.0 100 Idle Heartbeat\r\na: b\r\n\r\n', 100],
    ['NATS/1.0\r\n\r\n', 0],
    ['NATS/1.0\r\na: b\r\n\r\n', 0],
    ['NATS/1.0 abc\r\n\r\n', 0],
    ['NATS/1.0 5', 0],
    ['', 0],
  ])('of %j is %i', (text, status) => {
    expect(headerStatus(bytes(text))).toBe(status);
  });
});
