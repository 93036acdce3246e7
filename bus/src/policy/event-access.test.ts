import { Authentication } from '@busline/schemas/busline/policy/v1/options';
import { describe, expect, it } from 'vitest';
import { eventFile } from '../events/testing/event-file.ts';
import { eventAccess } from './event-access.ts';

const access = (edge?: object) =>
  eventAccess(eventFile({ E: { event: edge === undefined ? {} : { edge } } }).E);
const nothing = { allOf: [], anyOf: [] };

describe('eventAccess()', () => {
  it.each<
    [what: string, edge: object | undefined, publish: object | undefined, subscribe: object | undefined]
  >([
    ['nothing said', undefined, undefined, undefined],
    ['nothing in it', {}, undefined, undefined],
    ['one of the two', { subscribe: {} }, undefined, { authentication: 'required', scopes: nothing }],
    [
      'scopes and strangers',
      {
        publish: { scopes: { allOf: ['w'] } },
        subscribe: { authentication: Authentication.PUBLIC },
      },
      { authentication: 'required', scopes: { allOf: ['w'], anyOf: [] } },
      { authentication: 'public', scopes: nothing },
    ],
  ])('reads %s', (_, edge, publish, subscribe) => {
    const read = access(edge);
    expect([read.publish, read.subscribe]).toMatchObject([publish, subscribe]);
    expect(read.faults).toEqual([]);
  });

  it('reads scopes of strangers as the stricter meaning', () => {
    const read = access({
      publish: { authentication: Authentication.OPTIONAL, scopes: { allOf: ['w'] } },
    });
    expect(read.publish?.authentication).toBe('required');
    expect(read.faults).toHaveLength(1);
  });
});
