import { createMiddleware } from 'hono/factory';
import type { EdgeEnv } from './edge-env.ts';

/** Bounds the deadline of the call, counted from its arrival. Each protocol reads what its caller asks for. */
export const deadline = () =>
  createMiddleware<EdgeEnv>(function deadline(c, next) {
    const exchange = c.get('exchange');
    if (exchange.routed !== undefined) exchange.deadline = exchange.routed.record.policy.deadline;
    return next();
  });
