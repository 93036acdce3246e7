import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

/** Somebody who makes tokens, with the keys of the moment. */
export interface TokenIssuer {
  readonly issuer: string;
  /** The public keys, as a JSON Web Key Set. */
  jwks(): string;
  /** Puts a new key in place of those there are. */
  rotate(kid: string): Promise<void>;
  /** Signs a token of an hour, for `shop` and `ada` unless the claims say otherwise. `undefined` leaves a claim out. */
  sign(claims?: JWTPayload, header?: { readonly kid?: string | undefined }): Promise<string>;
}

export async function createTokenIssuer(
  issuer = 'https://id.example.com/',
  alg = 'ES256',
): Promise<TokenIssuer> {
  let signing: { readonly kid: string; readonly key: CryptoKey };
  let keys: JWK[] = [];
  const rotate = async (kid: string): Promise<void> => {
    const { privateKey, publicKey } = await generateKeyPair(alg);
    signing = { kid, key: privateKey };
    keys = [{ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }];
  };
  await rotate('first');
  return {
    issuer,
    jwks: () => JSON.stringify({ keys }),
    rotate,
    sign(claims = {}, header = {}) {
      const nowSeconds = Math.floor(Date.now() / 1000);
      const payload = {
        iss: issuer,
        aud: 'shop',
        sub: 'ada',
        iat: nowSeconds,
        exp: nowSeconds + 3600,
        ...claims,
      };
      return new SignJWT(payload).setProtectedHeader({ alg, kid: signing.kid, ...header }).sign(signing.key);
    },
  };
}

/** A web server that hands out keys, as an issuer's does. */
export interface KeyServer extends AsyncDisposable {
  readonly url: string;
  /** Requests so far. */
  readonly requests: number;
  /** What it answers from now on: a body with 200, or a status without one. */
  answer: string | number;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startKeyServer(answer: string | number): Promise<KeyServer> {
  const state = { answer, requests: 0 };
  const server = createServer((_, response) => {
    state.requests++;
    response.setHeader('connection', 'close');
    if (typeof state.answer === 'number') response.writeHead(state.answer).end();
    else response.end(state.answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    get requests() {
      return state.requests;
    },
    get answer() {
      return state.answer;
    },
    set answer(next) {
      state.answer = next;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
