import { describe, expect, it } from 'vitest';
import {
  keyedOperationId,
  newOperationId,
  operationName,
  ownerToken,
  readOperationName,
  readRefToken,
  refToken,
} from './operation-ref.ts';

const caller = (issuer: string, subject: string) => ({ issuer, subject, scopes: [] });

describe('a keyed id', () => {
  it('is the same for the same caller, method and key', () => {
    expect(keyedOperationId('o', 'm', 'k')).toBe(keyedOperationId('o', 'm', 'k'));
  });

  it.each([
    ['another caller', 'p', 'm', 'k'],
    ['another method', 'o', 'n', 'k'],
    ['another key', 'o', 'm', 'l'],
    ['the same letters, divided otherwise', 'om', '', 'k'],
  ])('is another one for %s', (_, owner, method, key) => {
    expect(keyedOperationId(owner, method, key)).not.toBe(keyedOperationId('o', 'm', 'k'));
  });
});

describe('an owner', () => {
  it('is whoever the issuer says it is', () => {
    expect(ownerToken(caller('a', 'ann'))).toBe(ownerToken({ ...caller('a', 'ann'), scopes: ['x'] }));
    expect(ownerToken(caller('a', 'ann'))).not.toBe(ownerToken(caller('b', 'ann')));
    expect(ownerToken(caller('a', 'bann'))).not.toBe(ownerToken(caller('ab', 'ann')));
    expect(ownerToken(undefined)).toBe('anonymous');
  });
});

describe('a name', () => {
  it('is read back', () => {
    const id = newOperationId();
    expect(readOperationName(operationName(id))).toBe(id);
  });

  it.each(['', 'operations/', 'operations/x', 'operations/*', `things/${newOperationId()}`])(
    'is not %s',
    (name) => {
      expect(readOperationName(name)).toBeUndefined();
    },
  );
});

describe('a token', () => {
  it.each([ownerToken(undefined), ownerToken(caller('a', 'ann'))])('of %s is read back', (owner) => {
    const ref = { owner, id: newOperationId() };
    expect(readRefToken(refToken(ref))).toEqual(ref);
  });

  it.each(['', 'anonymous', 'anonymous-', 'anonymous-*', `x-${newOperationId()}`])('is not %s', (token) => {
    expect(readRefToken(token)).toBeUndefined();
  });
});
