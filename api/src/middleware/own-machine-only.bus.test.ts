import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../testing/edge-fixture.ts';
import { openPolicies } from '../policies/configuration/policy-config.ts';

let edge: EdgeFixture;
beforeAll(async () => {
  edge = await startEdgeFixture({ policies: openPolicies });
});
afterAll(() => edge[Symbol.asyncDispose]());

const ask = (host: string, headers: Record<string, string> = {}, path = '/v1/sinks/x') =>
  edge.app.request(`http://${host}${path}`, { headers });

describe('an edge that is open to this machine', () => {
  it.each(['localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'LOCALHOST', '127.0.0.1'])(
    'answers requests for %s',
    async (host) => {
      expect((await ask(host)).status).toBe(200);
    },
  );

  it.each(['evil.example.com:8080', '192.168.1.2:8080', 'localhost.evil.example.com', '[2001:db8::1]:8080'])(
    'answers none for %s, whatever the path',
    async (host) => {
      const response = await ask(host);
      expect([response.status, await response.json()]).toEqual([
        403,
        expect.objectContaining({
          code: 'PERMISSION_DENIED',
          detail: expect.stringContaining('open to this machine only'),
        }),
      ]);
      expect((await ask(host, {}, '/')).status).toBe(403);
    },
  );

  it.each(['https://evil.example.com', 'null', 'http://192.168.1.2:3000', 'rubbish'])(
    'answers no web page of %s',
    async (origin) => {
      expect((await ask('localhost:8080', { origin })).status).toBe(403);
    },
  );

  it.each(['http://localhost:5173', 'http://127.0.0.1:8080', 'http://[::1]:3000'])(
    'answers web pages of %s',
    async (origin) => {
      expect((await ask('localhost:8080', { origin })).status).toBe(200);
    },
  );

  it('says in its log that it is open', () => {
    expect(edge.logLines).toContainEqual(
      expect.objectContaining({
        level: 40,
        msg: 'the edge is open: anybody on this machine may call every method without credentials',
      }),
    );
  });
});
