import { describe, expect, it } from 'vitest';
import {
  eventSubject,
  keyToken,
  partitionOf,
  readEventSubject,
  retryBase,
  subjectBase,
} from './event-subject.ts';

const base = subjectBase('orders.v1.OrderPlaced');

describe('the subject of an event', () => {
  it.each([
    { key: 'o1', token: 'o1' },
    { key: 'A-b_9', token: 'A-b_9' },
    { key: '_', token: '%5F' },
    { key: 'a.b', token: 'a%2Eb' },
    { key: '*>', token: '%2A%3E' },
    { key: 'two words', token: 'two%20words' },
    { key: '100%', token: '100%25' },
    { key: 'über', token: '%C3%BCber' },
    { key: '🙂', token: '%F0%9F%99%82' },
  ])('holds the key $key as $token, and gives it back', ({ key, token }) => {
    expect(keyToken(key)).toBe(token);
    const subject = eventSubject(base, 16, key);
    expect(subject).toBe(`evt.orders.v1.OrderPlaced.${partitionOf(key, 16)}.${token}`);
    expect(readEventSubject(subject)).toEqual({ base, partition: partitionOf(key, 16), key });
  });

  it('of an event without a key is in partition 0', () => {
    expect(eventSubject(base, 16, undefined)).toBe('evt.orders.v1.OrderPlaced.0._');
    expect(readEventSubject('evt.orders.v1.OrderPlaced.0._')).toEqual({ base, partition: 0, key: undefined });
  });

  it.each([
    'evt',
    'evt.a',
    'evt.orders.v1.OrderPlaced.x.o1',
    'evt.orders.v1.OrderPlaced.1.%zz',
    'evt.a.1.%FF',
  ])('is not %s', (subject) => {
    expect(readEventSubject(subject)).toBeUndefined();
  });

  it('for one consumer names stream and consumer first', () => {
    expect(retryBase('EVT_ORDERS', 'mail', base)).toBe('rty.EVT_ORDERS.mail.orders.v1.OrderPlaced');
  });
});

describe('partitionOf()', () => {
  // The vectors of FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/
  it.each([
    { key: '', hash: 0x811c9dc5 },
    { key: 'a', hash: 0xe40c292c },
    { key: 'foobar', hash: 0xbf9cf968 },
  ])('hashes "$key" as FNV-1a does', ({ key, hash }) => {
    expect(partitionOf(key, 2 ** 32)).toBe(hash);
  });

  it('hashes the UTF-8 bytes of other characters', () => {
    const latin1 = [...Buffer.from('ü', 'utf8')].map((byte) => String.fromCharCode(byte));
    expect(partitionOf('ü', 256)).not.toBe(partitionOf(latin1.join(''), 256));
    expect(partitionOf('ü', 2 ** 32)).toBe(0x119dd44a);
  });

  it('spreads keys evenly', () => {
    const counts = new Array<number>(16).fill(0);
    for (let n = 0; n < 16_000; n++) {
      const partition = partitionOf(`order-${n}`, 16);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
  });
});
