import { describe, expect, it } from 'vitest';
import { isSubjectToken, lastToken, receiptSuffix, subjectSpace } from './subject.ts';

describe('subjectSpace()', () => {
  const subjects = subjectSpace('acme.rpc');

  it('gives each kind of subject its own space below the prefix', () => {
    expect(subjects.method('orders.v1.OrderService', 'PlaceOrder')).toBe(
      'acme.rpc.u.orders.v1.OrderService.PlaceOrder',
    );
    expect(subjects.bundle('orders.v1.OrderService', 'PlaceOrder')).toBe(
      'acme.rpc.m.orders.v1.OrderService.PlaceOrder',
    );
    expect(subjects.broadcast('orders.v1.OrderService', 'cancel')).toBe(
      'acme.rpc.b.orders.v1.OrderService.cancel',
    );
    expect(subjects.broadcasts('orders.v1.OrderService')).toBe('acme.rpc.b.orders.v1.OrderService.*');
    expect(subjects.instance('4f1c', 'probe')).toBe('acme.rpc.i.4f1c.probe');
    expect(subjects.stream('4f1c', 12)).toBe('acme.rpc.i.4f1c.s.12');
    expect(subjects.instances('4f1c')).toBe('acme.rpc.i.4f1c.>');
  });

  it('keeps a method named like a verb apart from the verb', () => {
    expect(subjects.method('a.S', 'cancel')).not.toBe(subjects.broadcast('a.S', 'cancel'));
  });

  it.each(['rpc', 'a.b.c', 'A-1_x'])('takes the prefix "%s"', (prefix) => {
    expect(subjectSpace(prefix).method('S', 'M')).toBe(`${prefix}.u.S.M`);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', '*', 'a.>', 'a b', 'a\n', 'é'])(
    'refuses the prefix "%s"',
    (prefix) => {
      expect(() => subjectSpace(prefix)).toThrow(
        new TypeError(`subject prefix "${prefix}" must be dot-separated tokens of letters, digits, - and _`),
      );
    },
  );
});

describe('isSubjectToken()', () => {
  it.each([
    ['abc', true],
    ['A-1_', true],
    ['', false],
    ['a.b', false],
    ['*', false],
    ['a b', false],
  ])('%s: %s', (text, expected) => {
    expect(isSubjectToken(text)).toBe(expected);
  });
});

describe('lastToken()', () => {
  it.each([
    ['rpc.b.a.S.cancel', 'cancel'],
    ['cancel', 'cancel'],
    ['a.', ''],
  ])('of %s is "%s"', (subject, token) => {
    expect(lastToken(subject)).toBe(token);
  });
});

it('a receipt goes to a subject of its own', () => {
  expect(`_INBOX.a.7${receiptSuffix}`).toBe('_INBOX.a.7.r');
});
