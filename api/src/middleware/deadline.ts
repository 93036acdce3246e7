import { createMiddleware } from 'hono/factory';
import type { DeadlineLimits } from '../exchange.ts';
import type { EdgeEnv } from './edge-env.ts';

/** Gives every call a deadline, counted from its arrival. Each protocol reads what its caller asks for. */
export const deadline = (limits: DeadlineLimits) =>
  createMiddleware<EdgeEnv>(function deadline(c, next) {
    c.get('exchange').deadline = limits;
    return next();
  });
