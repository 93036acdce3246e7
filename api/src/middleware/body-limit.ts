import { createMiddleware } from 'hono/factory';
import type { EdgeEnv } from './edge-env.ts';

/**
 * Bounds request bodies, compressed and unpacked alike; in a stream, each message. Who reads the body holds to it: one
 * announced as larger is refused unread, one of unknown length when it has become larger.
 */
export const bodyLimit = () =>
  createMiddleware<EdgeEnv>(function bodyLimit(c, next) {
    const exchange = c.get('exchange');
    // findMethod throws where there is none.
    exchange.maxBodyBytes = exchange.routed?.record.policy.maxRequestBytes ?? 0;
    return next();
  });
