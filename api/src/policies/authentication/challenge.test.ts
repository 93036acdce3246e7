import { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { createChallenger } from './challenge.ts';

const both = createChallenger({ realm: 'shop', schemes: ['Bearer', 'ApiKey'] });

describe('a challenge', () => {
  it.each([
    [both.missing(), Code.Unauthenticated, 'Bearer realm="shop", ApiKey realm="shop"'],
    [
      both.invalid('the token has expired'),
      Code.Unauthenticated,
      'Bearer realm="shop", error="invalid_token", error_description="the token has expired", ApiKey realm="shop"',
    ],
    [
      both.several(),
      Code.InvalidArgument,
      'Bearer realm="shop", error="invalid_request", ApiKey realm="shop"',
    ],
    [
      both.insufficientScope(['a', 'b']),
      Code.PermissionDenied,
      'Bearer realm="shop", error="insufficient_scope", scope="a b", ApiKey realm="shop"',
    ],
    [
      createChallenger({ realm: 'shop', schemes: ['ApiKey'] }).missing(),
      Code.Unauthenticated,
      'ApiKey realm="shop"',
    ],
  ])('%s', (error, code, field) => {
    expect([error.code, error.metadata.get('www-authenticate')]).toEqual([code, field]);
  });

  it('cannot be broken out of', () => {
    const field = both.invalid('a "quoted" \\ ü\r\nx: 1').metadata.get('www-authenticate');
    expect(field).toContain(`error_description="a 'quoted' / ???x: 1"`);
  });

  it('says what to send, or that nothing would help', () => {
    expect(both.missing().rawMessage).toBe(
      'the method needs credentials: send "authorization: Bearer <token>" or "x-api-key: <key>"',
    );
    expect(createChallenger({ realm: 'shop', schemes: [] }).missing().rawMessage).toContain(
      'not configured to know anybody',
    );
  });
});
