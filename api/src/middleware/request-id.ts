import { createMiddleware } from 'hono/factory';
import type { EdgeEnv } from './edge-env.ts';
import { randomHex } from './random-hex.ts';

/** What an id of someone else may look like: it is logged and sent on, so it is short and plain. */
const saneId = /^[A-Za-z0-9_.:/+=-]{1,128}$/;

/** Takes the caller's X-Request-Id, or makes one. It is returned, logged, and sent on as metadata. */
export const requestId = () =>
  createMiddleware<EdgeEnv>(function requestId(c, next) {
    const exchange = c.get('exchange');
    const given = exchange.request.header('x-request-id');
    exchange.requestId = given !== undefined && saneId.test(given) ? given : randomHex(16);
    return next();
  });
