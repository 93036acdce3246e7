import { describe, expect, it } from 'vitest';
import { der, derInteger, derObjectId, derSequence, derTime, derTrue } from './der.ts';

describe('der()', () => {
  it.each([
    [0, '0400'],
    [1, '040161'],
    [127, `047f${'61'.repeat(127)}`],
    [128, `048180${'61'.repeat(128)}`],
    [256, `04820100${'61'.repeat(256)}`],
  ])('encodes the length %i', (length, hex) => {
    expect(der(0x04, Buffer.alloc(length, 'a')).toString('hex')).toBe(hex);
  });
});

describe('derObjectId()', () => {
  // The second is RFC 8410's and X.690's style of example: arcs above 127 take several bytes.
  it.each([
    ['2.5.4.3', '0603550403'],
    ['1.2.840.10045.4.3.2', '06082a8648ce3d040302'],
    ['1.3.6.1.5.5.7.3.1', '06082b06010505070301'],
  ])('encodes %s', (dotted, hex) => {
    expect(derObjectId(dotted).toString('hex')).toBe(hex);
  });
});

describe('the other forms', () => {
  it.each([
    ['a small integer', derInteger(Buffer.of(2)), '020102'],
    ['an integer whose top bit is set', derInteger(Buffer.of(0x80)), '02020080'],
    ['true', derTrue, '0101ff'],
    ['a sequence', derSequence(derTrue, derTrue), '30060101ff0101ff'],
    [
      'a time',
      derTime(new Date('2026-03-04T05:06:07.890Z')),
      `170d${Buffer.from('260304050607Z').toString('hex')}`,
    ],
  ])('%s', (_case, encoded, hex) => {
    expect(encoded.toString('hex')).toBe(hex);
  });
});
