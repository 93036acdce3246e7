import { describe, expect, it } from 'vitest';
import { parsePolicies } from './parse-policies.ts';
import { closedPolicies } from './policy-config.ts';

const parse = (config: unknown) =>
  parsePolicies({ text: JSON.stringify(config), folder: '/etc/busline' }, 'authenticated');
const issuer = {
  issuer: 'https://id.example.com/',
  audience: 'shop',
  jwksUrl: 'https://id.example.com/jwks',
};

describe('parsePolicies()', () => {
  it('lets nobody in where nothing is said', () => {
    expect(parse({})).toEqual(closedPolicies);
    expect(parsePolicies(undefined, 'authenticated')).toEqual(closedPolicies);
  });

  it('reads every setting', () => {
    const config = parse({
      authentication: {
        realm: 'the shop',
        jwt: [
          {
            ...issuer,
            audience: ['shop', 'admin'],
            algorithms: ['ES256'],
            clockToleranceSeconds: 30,
            scopeClaim: 'scp',
            claims: ['tenant'],
          },
          { issuer: 'local', audience: 'shop', jwksFile: 'jwks.json' },
          { issuer: 'dev', audience: 'shop', jwksUrl: 'http://127.0.0.1:9000/jwks' },
        ],
        apiKeysFile: 'keys.json',
        forwardCredentials: true,
      },
      cors: {
        origins: ['https://shop.example.com', 'http://localhost:5173'],
        credentials: true,
        maxAgeSeconds: 60,
        requestHeaders: ['X-Tenant'],
        responseHeaders: ['X-Cost'],
      },
      rateLimits: {
        default: { requests: 100, perSeconds: 60 },
        search: { requests: 10, perSeconds: 1, burst: 20 },
      },
      trustedProxies: ['loopback', '10.0.0.0/8'],
      methods: { 'orders.v1.*': { rateClass: 'search', scopes: { allOf: ['orders'] } } },
    });
    expect(config).toEqual({
      access: 'authenticated',
      authentication: {
        realm: 'the shop',
        jwt: [
          {
            issuer: issuer.issuer,
            audience: ['shop', 'admin'],
            keys: { url: issuer.jwksUrl },
            algorithms: ['ES256'],
            clockToleranceSeconds: 30,
            scopeClaim: 'scp',
            claims: ['tenant'],
          },
          {
            issuer: 'local',
            audience: ['shop'],
            keys: { file: '/etc/busline/jwks.json' },
            algorithms: expect.arrayContaining(['RS256', 'ES256', 'EdDSA']),
            clockToleranceSeconds: 5,
            scopeClaim: 'scope',
            claims: [],
          },
          expect.objectContaining({ keys: { url: 'http://127.0.0.1:9000/jwks' } }),
        ],
        apiKeysFile: '/etc/busline/keys.json',
        forwardCredentials: true,
      },
      cors: {
        origins: ['https://shop.example.com', 'http://localhost:5173'],
        credentials: true,
        maxAgeSeconds: 60,
        requestHeaders: ['X-Tenant'],
        responseHeaders: ['X-Cost'],
      },
      rateLimits: [
        { name: 'default', requests: 100, perSeconds: 60, burst: 100 },
        { name: 'search', requests: 10, perSeconds: 1, burst: 20 },
      ],
      trustedProxies: ['loopback', '10.0.0.0/8'],
      rules: [
        {
          pattern: expect.objectContaining({ text: 'orders.v1.*' }),
          policy: expect.objectContaining({ rateClass: 'search', scopes: { allOf: ['orders'], anyOf: [] } }),
        },
      ],
    });
  });

  it.each<[config: unknown, message: string]>([
    [[], 'the file must be an object, not []'],
    [{ auth: {} }, 'auth is no setting; there are rateLimits, authentication, cors, trustedProxies, methods'],
    [{ authentication: { jwt: {} } }, 'authentication.jwt must be a list, not {}'],
    [{ authentication: { jwt: [{}] } }, 'authentication.jwt[0].issuer is missing'],
    [
      { authentication: { jwt: [{ ...issuer, audience: undefined }] } },
      'authentication.jwt[0].audience is missing: say whom tokens must be made for',
    ],
    [
      { authentication: { jwt: [{ ...issuer, audience: 7 }] } },
      'authentication.jwt[0].audience must be a list, not 7',
    ],
    [
      { authentication: { jwt: [{ ...issuer, jwksFile: 'x' }] } },
      'authentication.jwt[0].jwksUrl or jwksFile must say where the keys are: one of the two',
    ],
    [
      { authentication: { jwt: [{ ...issuer, jwksUrl: 'http://id.example.com/jwks' }] } },
      'authentication.jwt[0].jwksUrl must be an https URL, not "http://id.example.com/jwks"',
    ],
    [
      { authentication: { jwt: [{ ...issuer, jwksUrl: 'jwks' }] } },
      'authentication.jwt[0].jwksUrl must be an https URL, not "jwks"',
    ],
    [
      { authentication: { jwt: [{ ...issuer, algorithms: ['HS256'] }] } },
      'authentication.jwt[0].algorithms[0] must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, not "HS256"',
    ],
    [
      { authentication: { jwt: [{ ...issuer, clockToleranceSeconds: 301 }] } },
      'authentication.jwt[0].clockToleranceSeconds must be a whole number from 0 to 300, not 301',
    ],
    [
      { authentication: { jwt: [issuer, issuer] } },
      `authentication.jwt: the issuer "${issuer.issuer}" is there twice`,
    ],
    [
      { authentication: { jwt: [{ ...issuer, issuer: 'api-key' }] } },
      'authentication.jwt[0].issuer cannot be "api-key"',
    ],
    [
      { authentication: { realm: 'a"b' } },
      'authentication.realm must be printable, without quotes, not "a\\"b"',
    ],
    [{ cors: {} }, 'cors.origins must name an origin; without "cors" there is none'],
    [
      { cors: { origins: ['shop.example.com'] } },
      'cors.origins[0] must be "*" or an origin such as "https://shop.example.com", not "shop.example.com"',
    ],
    [
      { cors: { origins: ['https://shop.example.com/'] } },
      'cors.origins[0] must be "*" or an origin such as "https://shop.example.com", not "https://shop.example.com/"',
    ],
    [
      { cors: { origins: ['https://Shop.example.com:443'] } },
      'cors.origins: browsers send "https://Shop.example.com:443" as "https://shop.example.com"',
    ],
    [
      { cors: { origins: ['null'] } },
      'cors.origins[0] must be "*" or an origin such as "https://shop.example.com", not "null"',
    ],
    [
      { cors: { origins: ['*'], credentials: true } },
      'cors.credentials cannot be true for every origin: name the origins',
    ],
    [
      { cors: { origins: ['*'], requestHeaders: ['a b'] } },
      'cors.requestHeaders[0] must be the name of a header field, not "a b"',
    ],
    [{ rateLimits: { x: { requests: 1 } } }, 'rateLimits.x.perSeconds is missing'],
    [
      { rateLimits: { x: { requests: 0, perSeconds: 1 } } },
      'rateLimits.x.requests must be a whole number from 1 to 1000000000, not 0',
    ],
    [
      { rateLimits: { 'a b': {} } },
      'rateLimits: a rate class must be at most 64 letters, digits, "-", "_" and ".", not "a b"',
    ],
    [
      { trustedProxies: ['proxy'] },
      'trustedProxies: "proxy" is no address and no network such as "10.0.0.0/8"',
    ],
    [
      { methods: { 'orders/': {} } },
      'methods: "orders/" names no methods; use "*", "orders.*", "orders.v1.OrderService" or "orders.v1.OrderService/PlaceOrder"',
    ],
    [
      { methods: { '*': { rateClass: 'search' } } },
      'methods["*"].rateClass is "search", and rateLimits has no such class',
    ],
    [
      { methods: { '*': { authentication: 'none' } } },
      'methods["*"].authentication must be "required", "optional" or "public", not "none"',
    ],
    [
      { methods: { '*': { authentication: 'public', scopes: { allOf: ['a'] } } } },
      'methods["*"].scopes cannot be asked of callers whose authentication is public',
    ],
    [{ methods: { '*': { scopes: ['a'] } } }, 'methods["*"].scopes must be an object, not ["a"]'],
    [
      { methods: { '*': { timeoutMs: 5 } } },
      'methods["*"].timeoutMs is no setting; there are rateClass, authentication, scopes, defaultTimeoutMs, maxTimeoutMs, maxRequestBytes',
    ],
  ])('refuses %j', (config, message) => {
    expect(() => parse(config)).toThrow(new TypeError(message));
  });
});
