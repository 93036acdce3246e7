import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallOptions, Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { everyCaller } from '../../testing/caller.ts';
import { type EdgeFixture, startEdgeFixture } from '../../testing/edge-fixture.ts';
import { type EdgePorts, openEdgePorts } from '../../testing/edge-port.ts';
import { loadGuarded, serveGuarded } from '../../testing/guarded-service.ts';
import {
  createTokenIssuer,
  type KeyServer,
  startKeyServer,
  type TokenIssuer,
} from '../../testing/token-issuer.ts';
import { parsePolicies } from './configuration/parse-policies.ts';

let issuer: TokenIssuer;
let keyServer: KeyServer;
let edge: EdgeFixture;
let ports: EdgePorts;
const service = loadGuarded();
const folder = mkdtempSync(join(tmpdir(), 'busline-policies-'));

function writeKeys(
  ...keys: readonly { readonly key: string; readonly subject: string; readonly scopes?: string[] }[]
) {
  const entries = keys.map(({ key, ...entry }) => ({
    sha256: createHash('sha256').update(key).digest('hex'),
    ...entry,
  }));
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: entries }));
}

beforeAll(async () => {
  issuer = await createTokenIssuer();
  keyServer = await startKeyServer(issuer.jwks());
  writeKeys(
    { key: 'secret-1', subject: 'billing', scopes: ['read', 'eu'] },
    { key: 'secret-2', subject: 'ci' },
  );
  const config = {
    authentication: {
      jwt: [{ issuer: issuer.issuer, audience: 'shop', jwksUrl: keyServer.url, claims: ['tenant'] }],
      apiKeysFile: 'keys.json',
    },
    cors: { origins: ['https://shop.example.com'], requestHeaders: ['x-tenant'] },
    rateLimits: { tight: { requests: 2, perSeconds: 3600 } },
    methods: { 'test.sink.v1.*': { authentication: 'public' } },
  };
  edge = await startEdgeFixture({
    policies: parsePolicies({ text: JSON.stringify(config), folder }, 'authenticated'),
  });
  ports = await openEdgePorts(edge.app);
  await serveGuarded(edge.worker, service);
  await edge.routesWhere(({ table }) => table.procedures.has('/test.guarded.v1.GuardedService/Known'));
});
afterAll(async () => {
  await ports[Symbol.asyncDispose]();
  await edge[Symbol.asyncDispose]();
  await keyServer[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const bearer = async (claims: Parameters<TokenIssuer['sign']>[0] = {}) => ({
  authorization: `Bearer ${await issuer.sign(claims)}`,
});
const challenge = 'Bearer realm="busline"';

describe.each(everyCaller(() => ({ edge, ports, service })))('by $protocol, a caller', (caller) => {
  const status = (expected: number) => (caller.usesStatus ? { status: expected } : {});

  it('with a token is known to the worker, and its token stays at the edge', async () => {
    const headers = { ...(await bearer({ scope: 'a b', tenant: 'acme', email: 'ada@example.com' })) };
    const { code, message } = await caller.call('Known', headers);
    expect(code).toBe('OK');
    expect(message).toMatchObject({
      subject: 'ada',
      issuer: issuer.issuer,
      scopes: ['a', 'b'],
      tenant: 'acme',
    });
    expect(message?.metadata).not.toContain('authorization');
  });

  it.each<Record<string, string>>([{ 'x-api-key': 'secret-1' }, { authorization: 'ApiKey secret-1' }])(
    'with a key in %o is known to the worker',
    async (headers) => {
      const { message } = await caller.call('Known', headers);
      expect(message).toMatchObject({ subject: 'billing', issuer: 'api-key', scopes: ['read', 'eu'] });
      expect(message?.metadata).not.toContain('x-api-key');
    },
  );

  it('without credentials is asked for some', async () => {
    const outcome = await caller.call('Known');
    expect(outcome).toMatchObject({ code: 'UNAUTHENTICATED', ...status(401), reason: 'CREDENTIALS_MISSING' });
    expect(outcome.header('www-authenticate')).toBe(`${challenge}, ApiKey realm="busline"`);
  });

  it.each<[what: string, headers: () => Promise<Record<string, string>>, text: string]>([
    ['an expired token', () => bearer({ exp: 1_700_000_000 }), 'the token has expired'],
    [
      'a token for another',
      () => bearer({ aud: 'other' }),
      'the claim "aud" of the token is not accepted here',
    ],
    ['no token', async () => ({ authorization: 'Bearer x.y.z' }), 'the token is no valid JSON Web Token'],
    [
      'a password',
      async () => ({ authorization: 'Basic YTpi' }),
      'authorization must be "Bearer <token>" or "ApiKey <key>"',
    ],
    ['a wrong key', async () => ({ 'x-api-key': 'secret-3' }), 'the API key is not known'],
  ])('with %s is refused, also where it need not say anything', async (_, headersOf, text) => {
    const headers = await headersOf();
    for (const method of ['Known', 'Optional', 'Scoped']) {
      const outcome = await caller.call(method, headers);
      expect(outcome).toMatchObject({
        code: 'UNAUTHENTICATED',
        ...status(401),
        reason: 'CREDENTIALS_INVALID',
        text,
      });
      expect(outcome.header('www-authenticate')).toContain(`${challenge}, error="invalid_token"`);
    }
  });

  it('with two kinds of credentials is told to choose', async () => {
    const outcome = await caller.call('Known', { ...(await bearer()), 'x-api-key': 'secret-1' });
    expect(outcome).toMatchObject({
      code: 'INVALID_ARGUMENT',
      ...status(400),
      reason: 'CREDENTIALS_AMBIGUOUS',
    });
    expect(outcome.header('www-authenticate')).toContain('error="invalid_request"');
  });

  it('calls a public method whatever it sends, and is nobody there', async () => {
    const headers = { authorization: 'Basic YTpi' };
    const { code, message } = await caller.call('Public', headers);
    expect([code, message?.subject ?? '']).toEqual(['OK', '']);
    // The worker may know what to do with it.
    expect(message?.metadata).toContain('authorization');
  });

  it('may be nobody or somebody where that is optional', async () => {
    expect((await caller.call('Optional')).message?.subject ?? '').toBe('');
    expect((await caller.call('Optional', await bearer())).message?.subject).toBe('ada');
  });

  it('needs the scopes of the method', async () => {
    const scoped = async (scope: string) => caller.call('Scoped', await bearer({ scope }));
    expect((await scoped('read eu')).code).toBe('OK');
    expect((await caller.call('Scoped', { 'x-api-key': 'secret-1' })).code).toBe('OK');
    const without = await scoped('eu');
    expect(without).toMatchObject({ code: 'PERMISSION_DENIED', ...status(403), reason: 'SCOPE_MISSING' });
    expect(without.header('www-authenticate')).toContain('error="insufficient_scope", scope="read"');
    const neither = await scoped('read');
    expect(neither.header('www-authenticate')).toContain('scope="eu us"');
    expect((await caller.call('Scoped')).code).toBe('UNAUTHENTICATED');
  });

  it.each(['bl-identity', 'grpc-metadata-bl-identity'])('cannot claim to be anyone by %s', async (name) => {
    const forged = Buffer.from([0x0a, 4, ...Buffer.from('root')]).toString('base64');
    const { code, message } = await caller.call('Public', { [name]: forged });
    expect([code, message?.subject ?? '']).toEqual(['OK', '']);
    const known = await caller.call('Known', { 'x-api-key': 'secret-2', [name]: forged });
    expect(known.message?.subject).toBe('ci');
  });

  it('is counted by who it is, and told how it stands', async () => {
    const call = async (sub: string) =>
      caller.call('Limited', await bearer({ sub: `${sub}-${caller.protocol}` }));
    const outcomes = [await call('ada'), await call('ada'), await call('ada'), await call('bob')];
    expect(outcomes.map(({ code }) => code)).toEqual(['OK', 'OK', 'RESOURCE_EXHAUSTED', 'OK']);
    // A second may pass between the calls, hardly ten.
    expect(outcomes.map(({ header }) => header('ratelimit'))).toEqual([
      '"tight";r=1;t=1800',
      expect.stringMatching(/^"tight";r=0;t=1(?:800|79\d)$/),
      expect.stringMatching(/^"tight";r=0;t=1(?:800|79\d)$/),
      '"tight";r=1;t=1800',
    ]);
    const refused = outcomes[2];
    expect(refused).toMatchObject({ ...status(429), reason: 'RATE_LIMITED' });
    expect(refused?.header('ratelimit-policy')).toBe('"tight";q=2;w=3600');
    expect(refused?.header('retry-after')).toMatch(/^1(?:800|79\d)$/);
  });

  it('is held to the limits of the method', async () => {
    const { message } = await caller.call('Small');
    expect(message?.timeLeftMs).toBeGreaterThan(10_000);
    expect(message?.timeLeftMs).toBeLessThanOrEqual(20_000);
    const timeout = { 'grpc-timeout': '1H', 'connect-timeout-ms': '3600000' };
    const longest = await caller.call('Small', timeout);
    expect(longest.message?.timeLeftMs).toBeGreaterThan(20_000);
    expect(longest.message?.timeLeftMs).toBeLessThanOrEqual(30_000);
    const tooLarge = await caller.call('Small', {}, { text: 'x'.repeat(200) });
    expect(tooLarge).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      text: expect.stringMatching(/limit of 100 bytes$/),
    });
  });

  it('of a web page that is allowed can read answers and refusals', async () => {
    const origin = 'https://shop.example.com';
    for (const method of ['Public', 'Known']) {
      const { header } = await caller.call(method, { origin });
      expect([header('access-control-allow-origin'), header('access-control-expose-headers')]).toEqual([
        origin,
        '*',
      ]);
      expect(header('vary')).toContain('origin');
    }
    const other = await caller.call('Public', { origin: 'https://evil.example.com' });
    expect([other.code, other.header('access-control-allow-origin')]).toEqual(['OK', null]);
    expect(other.header('vary')).toContain('origin');
  });
});

it.each(everyCaller(() => ({ edge, ports, service })).filter(({ usesStatus }) => usesStatus))(
  'a caller by $protocol is answered before its body is looked at',
  async (caller) => {
    const outcome = await caller.call('Known', { 'content-type': 'image/png' });
    expect(outcome.code).toBe('UNAUTHENTICATED');
  },
);

describe('a stream', () => {
  const body = '{}';
  const ndjson = { 'content-type': 'application/json', accept: 'application/x-ndjson' };
  const watch = async (headers: Record<string, string>) =>
    edge.request('POST /v1/watch', { body, headers: { ...ndjson, ...headers } });

  it('knows its caller, and its answer carries the fields of the policies', async () => {
    const origin = 'https://shop.example.com';
    const response = await watch({ ...(await bearer({ sub: 'streamer' })), origin });
    expect(await response.text()).toContain('"subject":"streamer"');
    expect(response.headers.get('ratelimit-policy')).toBe('"tight";q=2;w=3600');
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('vary')).toContain('origin');
  });

  it('is refused as a call with one answer is', async () => {
    const response = await watch({});
    expect([response.status, response.headers.get('content-type')]).toEqual([
      401,
      'application/problem+json',
    ]);
  });

  it('by every protocol, and ends at the deadline of its method', async () => {
    type Watch = (request: object, options?: CallOptions) => AsyncIterable<{ subject: string }>;
    const transports = {
      grpc: createGrpcTransport({ baseUrl: ports.http2 }),
      'grpc-web': createGrpcWebTransport({ baseUrl: ports.http1, httpVersion: '1.1' }),
      connect: createConnectTransport({ baseUrl: ports.http1, httpVersion: '1.1' }),
    };
    const read = async (transport: Transport, headers: Record<string, string>): Promise<string[]> => {
      const client = createClient(service, transport) as unknown as { watch: Watch };
      const outcome: string[] = [];
      try {
        for await (const { subject } of client.watch({ text: 'forever' }, { headers })) outcome.push(subject);
      } catch (error) {
        outcome.push(Code[ConnectError.from(error).code]);
      }
      return outcome;
    };
    const outcomes = Object.entries(transports).map(async ([name, transport]) => [
      await read(transport, {}),
      await read(transport, await bearer({ sub: `streamer-${name}` })),
    ]);
    expect(await Promise.all(outcomes)).toEqual(
      Object.keys(transports).map((name) => [['Unauthenticated'], [`streamer-${name}`, 'DeadlineExceeded']]),
    );
  });
});

describe('a preflight', () => {
  const preflight = (path: string, origin: string) =>
    edge.request(`OPTIONS ${path}`, { headers: { origin, 'access-control-request-method': 'POST' } });

  it.each(['/v1/known', '/test.guarded.v1.GuardedService/Known', '/nowhere'])(
    'for %s is answered without credentials',
    async (path) => {
      const response = await preflight(path, 'https://shop.example.com');
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([
        204,
        'https://shop.example.com',
      ]);
      expect(response.headers.get('access-control-allow-headers')).toContain('x-tenant');
      expect(response.headers.get('vary')).toBe('origin');
    },
  );

  it('of a page that is not allowed is told why', async () => {
    const response = await preflight('/v1/known', 'https://evil.example.com');
    expect([response.status, await response.json()]).toEqual([
      403,
      expect.objectContaining({
        detail: expect.stringContaining('does not list the origin in cors.origins'),
      }),
    ]);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is a request of its own: another OPTIONS is no preflight', async () => {
    const response = await edge.request('OPTIONS /v1/known', {
      headers: { origin: 'https://shop.example.com' },
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('a REST refusal', () => {
  it('names the quota that is used up', async () => {
    const send = () =>
      edge.request('POST /v1/limited', { body: '{}', headers: { 'content-type': 'application/json' } });
    await send();
    await send();
    const response = await send();
    expect([response.status, await response.json()]).toEqual([
      429,
      expect.objectContaining({
        type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
        'violated-policies': ['tight'],
        code: 'RESOURCE_EXHAUSTED',
      }),
    ]);
  });
});

describe('the configuration', () => {
  it('lets strangers into services that it calls public', async () => {
    expect((await edge.request('GET /v1/sinks/x')).status).toBe(200);
  });
});

describe('while the edge runs', () => {
  it('API keys come and go', async () => {
    const status = async (key: string) =>
      (
        await edge.request('POST /v1/known', {
          body: '{}',
          headers: { 'content-type': 'application/json', 'x-api-key': key },
        })
      ).status;
    expect([await status('secret-2'), await status('secret-9')]).toEqual([200, 401]);
    writeKeys({ key: 'secret-9', subject: 'new' });
    const swapped = async () =>
      expect([await status('secret-2'), await status('secret-9')]).toEqual([401, 200]);
    await vi.waitFor(swapped, 5_000);
  });

  it('a token is taken although the keys cannot be read again', async () => {
    const before = await bearer({ sub: 'late' });
    keyServer.answer = 503;
    const caller = everyCaller(() => ({ edge, ports, service }))[0];
    expect((await caller?.call('Known', before))?.code).toBe('OK');
  });
});

describe('an edge that has never seen the keys of its tokens', () => {
  it('says that it cannot tell, which is not the fault of the token', async () => {
    const nowhere = await startKeyServer(500);
    const jwt = [{ issuer: issuer.issuer, audience: 'shop', jwksUrl: nowhere.url }];
    const policies = parsePolicies(
      { text: JSON.stringify({ authentication: { jwt } }), folder },
      'authenticated',
    );
    const blind = await startEdgeFixture({ policies });
    const blindPorts = await openEdgePorts(blind.app);
    await serveGuarded(blind.worker, service);
    await blind.routesWhere(({ table }) => table.procedures.has('/test.guarded.v1.GuardedService/Known'));
    for (const caller of everyCaller(() => ({ edge: blind, ports: blindPorts, service }))) {
      const outcome = await caller.call('Known', await bearer());
      expect(outcome).toMatchObject({ code: 'UNAVAILABLE', reason: 'KEYS_UNAVAILABLE' });
      expect(outcome.header('retry-after')).toBe('1');
      expect((await caller.call('Known', await bearer({ aud: 'x' }))).code).toBe('UNAVAILABLE');
      expect((await caller.call('Public')).code).toBe('OK');
    }
    await blindPorts[Symbol.asyncDispose]();
    await blind[Symbol.asyncDispose]();
    await nowhere[Symbol.asyncDispose]();
  });
});
