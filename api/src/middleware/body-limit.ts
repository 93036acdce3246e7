import { createMiddleware } from 'hono/factory';
import { tooLarge } from '../http-fault.ts';
import type { EdgeEnv } from './edge-env.ts';

/**
 * Bounds request bodies, compressed and unpacked alike. A body announced as larger is refused unread; one of unknown
 * length when it has become larger.
 */
export const bodyLimit = () =>
  createMiddleware<EdgeEnv>(function bodyLimit(c, next) {
    const exchange = c.get('exchange');
    // findMethod throws where there is none.
    const maxBytes = exchange.routed?.record.policy.maxRequestBytes ?? 0;
    exchange.maxBodyBytes = maxBytes;
    const length = exchange.request.header('content-length');
    if (length !== undefined && Number(length) > maxBytes) throw tooLarge(maxBytes);
    return next();
  });
