import { Code, ConnectError } from '@connectrpc/connect';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTokenIssuer, type TokenIssuer as Signer } from '../../../testing/token-issuer.ts';
import { createChallenger } from './challenge.ts';
import { parseKeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';
import { createTokenVerifier, type TokenIssuer, type TokenVerifier } from './token-verifier.ts';

const challenger = createChallenger({ realm: 'shop', schemes: ['Bearer'] });

/** The keys that an issuer has at each moment, and how often they were looked at. */
function keysOf(signer: Signer): KeySource & { looks: number } {
  const source = {
    looks: 0,
    current() {
      source.looks++;
      return parseKeySet(signer.jwks());
    },
    newer: async () => undefined,
    close() {},
  };
  return source;
}

const settings = (signer: Signer, keys: KeySource): TokenIssuer => ({
  issuer: signer.issuer,
  audience: ['shop', 'shop-admin'],
  algorithms: ['ES256', 'EdDSA'],
  clockToleranceSeconds: 5,
  scopeClaim: 'scope',
  claims: ['tenant', 'roles'],
  keys,
});

let signer: Signer;
let keys: ReturnType<typeof keysOf>;
let verifier: TokenVerifier;
beforeAll(async () => {
  signer = await createTokenIssuer();
});
beforeEach(() => {
  keys = keysOf(signer);
  verifier = createTokenVerifier([settings(signer, keys)], challenger);
});

async function refusal(token: string): Promise<string> {
  const error = await Promise.resolve(verifier.verify(token)).then(
    () => expect.unreachable('the token was accepted'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConnectError);
  expect((error as ConnectError).code).toBe(Code.Unauthenticated);
  return (error as ConnectError).rawMessage;
}

describe('a token', () => {
  it.each<[JWTPayload, string[]]>([
    [{ scope: 'a b  c' }, ['a', 'b', 'c']],
    [{ scope: ['a', 7, 'b c'] }, ['a', 'b c']],
    [{ scope: { a: true } }, []],
    [{}, []],
  ])('with %j has the scopes %j', async (claims, scopes) => {
    expect((await verifier.verify(await signer.sign(claims))).scopes).toEqual(scopes);
  });

  it('tells who its owner is, and no more of it than is configured', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const claims = {
      tenant: 'acme',
      roles: ['a'],
      email: 'ada@example.com',
      aud: ['other', 'shop-admin'],
      exp,
    };
    expect(await verifier.verify(await signer.sign(claims))).toEqual({
      subject: 'ada',
      issuer: signer.issuer,
      scopes: [],
      expiresAt: new Date(exp * 1000),
      claims: { tenant: 'acme', roles: ['a'] },
    });
  });

  it('is checked once, and answered at once from then on', async () => {
    const token = await signer.sign();
    const identity = await verifier.verify(token);
    expect(verifier.verify(token)).toBe(identity);
    expect(keys.looks).toBe(1);
    verifier.forget();
    expect(await verifier.verify(token)).toEqual(identity);
    expect(keys.looks).toBe(2);
  });

  const now = Math.floor(Date.now() / 1000);
  it.each<[JWTPayload, string]>([
    [{ exp: now - 60 }, 'the token has expired'],
    [{ exp: undefined }, 'the claim "exp" of the token is missing'],
    [{ sub: undefined }, 'the claim "sub" of the token is missing'],
    [{ sub: '' }, 'the claim "sub" of the token is empty'],
    [{ nbf: now + 60 }, 'the claim "nbf" of the token is not accepted here'],
    [{ aud: 'another-service' }, 'the claim "aud" of the token is not accepted here'],
    [{ aud: undefined }, 'the claim "aud" of the token is missing'],
    [{ iss: 'https://elsewhere.example.com/' }, 'the issuer of the token is not trusted here'],
    [{ iss: undefined }, 'the issuer of the token is not trusted here'],
  ])('with %j is refused: %s', async (claims, message) => {
    expect(await refusal(await signer.sign(claims))).toBe(message);
  });

  it('may be a few seconds late or early', async () => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    expect(await verifier.verify(await signer.sign({ exp: nowSeconds - 1 }))).toMatchObject({
      subject: 'ada',
    });
    expect(await verifier.verify(await signer.sign({ nbf: nowSeconds + 3 }))).toMatchObject({
      subject: 'ada',
    });
  });

  it('must be signed by a key of its issuer', async () => {
    const impostor = await createTokenIssuer();
    expect(await refusal(await impostor.sign())).toBe('the signature of the token is not valid');
    expect(await refusal(await impostor.sign({}, { kid: 'unheard-of' }))).toBe(
      'the token is signed with a key that its issuer does not list',
    );
  });

  it('is found a key for where it names none', async () => {
    const identity = await verifier.verify(await signer.sign({}, { kid: undefined }));
    expect(identity.subject).toBe('ada');
  });

  it('cannot choose how it is checked', async () => {
    const claims = { iss: signer.issuer, aud: 'shop', sub: 'ada', exp: now + 60 };
    const message = 'the algorithm of the token must be one of ES256, EdDSA';
    expect(await refusal(new UnsecuredJWT(claims).encode())).toBe(message);
    // The public key, taken for the secret of an HMAC.
    const secret = new TextEncoder().encode(signer.jwks());
    expect(await refusal(await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secret))).toBe(
      message,
    );
    expect(keys.looks).toBe(0);
  });

  it.each(['', 'a', 'a.b', 'a.b.c', 'e30.e30.', 'e30.e30.AAAA', 'x'.repeat(10_000)])(
    'that is none is refused: %j',
    async (token) => {
      expect(await refusal(token)).toMatch(/^the (?:token is no valid JSON Web Token|issuer of the token)/);
    },
  );

  it('that was changed by a character is refused', async () => {
    const token = await signer.sign();
    const [header, payload, signature = ''] = token.split('.');
    const other = signature.startsWith('A') ? 'B' : 'A';
    expect(await refusal(`${header}.${payload}.${other}${signature.slice(1)}`)).toBe(
      'the signature of the token is not valid',
    );
    const forged = Buffer.from(JSON.stringify({ iss: signer.issuer, sub: 'root' })).toString('base64url');
    expect(await refusal(`${header}.${forged}.${signature}`)).toBe('the signature of the token is not valid');
  });

  it('is told from those of other issuers', async () => {
    const other = await createTokenIssuer('https://other.example.com/', 'EdDSA');
    verifier = createTokenVerifier(
      [settings(signer, keys), { ...settings(other, keysOf(other)), scopeClaim: 'scp' }],
      challenger,
    );
    const identity = await verifier.verify(await other.sign({ scp: ['x'] }));
    expect([identity.issuer, identity.scopes]).toEqual([other.issuer, ['x']]);
    expect(await refusal(await other.sign({ iss: signer.issuer }))).toContain('its issuer does not list');
  });
});
