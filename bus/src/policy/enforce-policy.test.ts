import type { DescMethod } from '@bufbuild/protobuf';
import { Authentication } from '@busline/schemas/busline/policy/v1/options';
import { createContextValues, type UnaryRequest } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { faultReason } from '../errors/fault.ts';
import { identityKey } from './caller-identity.ts';
import { enforcePolicy } from './enforce-policy.ts';
import type { Identity } from './identity.ts';
import { methodWith } from './testing/method-with.ts';

const ada: Identity = { subject: 'ada', issuer: 'x', scopes: ['read'] };

/** What becomes of a call: `OK`, or the reason of its refusal. */
async function call(method: DescMethod, caller: Identity | undefined): Promise<string | undefined> {
  const contextValues = createContextValues().set(identityKey, caller);
  const answer = enforcePolicy()(async () => ({}) as never);
  try {
    await answer({ method, contextValues } as unknown as UnaryRequest);
    return 'OK';
  } catch (error) {
    return faultReason(error);
  }
}

describe('enforcePolicy()', () => {
  it.each([
    ['nothing', methodWith({}), 'NOT_AUTHENTICATED', 'OK'],
    ['public', methodWith({ authentication: Authentication.PUBLIC }), 'OK', 'OK'],
    ['optional', methodWith({ authentication: Authentication.OPTIONAL }), 'OK', 'OK'],
    ['a scope that is there', methodWith({ scopes: { allOf: ['read'] } }), 'NOT_AUTHENTICATED', 'OK'],
    ['one that is not', methodWith({ scopes: { anyOf: ['write'] } }), 'NOT_AUTHENTICATED', 'NOT_AUTHORIZED'],
  ])('where the contract says %s', async (_, method, ofNobody, ofAda) => {
    expect([await call(method, undefined), await call(method, ada)]).toEqual([ofNobody, ofAda]);
  });
});
