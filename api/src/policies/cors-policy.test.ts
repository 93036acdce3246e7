import { describe, expect, it } from 'vitest';
import { type CorsOptions, createCorsPolicy } from './cors-policy.ts';

const options: CorsOptions = {
  origins: ['https://shop.example.com'],
  credentials: false,
  maxAgeSeconds: 600,
  requestHeaders: ['X-Tenant', 'authorization'],
  responseHeaders: ['X-Cost'],
};
const origin = 'https://shop.example.com';

describe('createCorsPolicy()', () => {
  it('answers the preflight of an origin that is allowed', () => {
    const fields = createCorsPolicy(options).preflight(origin);
    expect(fields).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST, GET, HEAD, PUT, PATCH, DELETE',
      'access-control-max-age': '600',
    });
    expect(fields).not.toHaveProperty('access-control-allow-credentials');
    const names = fields?.['access-control-allow-headers']?.toLowerCase().split(', ') ?? [];
    expect(names).toEqual([...new Set(names)]);
    expect(names).toEqual(
      expect.arrayContaining([
        'content-type',
        'connect-protocol-version',
        'connect-timeout-ms',
        'x-grpc-web',
        'grpc-timeout',
        'authorization',
        'x-api-key',
        'idempotency-key',
        'last-event-id',
        'traceparent',
        'x-tenant',
      ]),
    );
  });

  it('lets a page read everything, and names what with credentials', () => {
    expect(createCorsPolicy(options).actual(origin)).toEqual({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': '*',
    });
    const withCredentials = createCorsPolicy({ ...options, credentials: true }).actual(origin);
    expect(withCredentials).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
    });
    expect(withCredentials?.['access-control-expose-headers']?.toLowerCase().split(', ')).toEqual(
      expect.arrayContaining([
        'grpc-status',
        'grpc-message',
        'retry-after',
        'ratelimit',
        'location',
        'x-cost',
      ]),
    );
  });

  it.each([
    'https://evil.example.com',
    'http://shop.example.com',
    'https://shop.example.com:444',
    'null',
    '',
  ])('says nothing to %j', (other) => {
    expect(createCorsPolicy(options).preflight(other)).toBeUndefined();
    expect(createCorsPolicy(options).actual(other)).toBeUndefined();
  });

  it('says the same to everybody with *', () => {
    const any = createCorsPolicy({ ...options, origins: ['*'] });
    expect([any.varies, any.actual('https://anywhere.test')?.['access-control-allow-origin']]).toEqual([
      false,
      '*',
    ]);
    expect(createCorsPolicy(options).varies).toBe(true);
  });
});
