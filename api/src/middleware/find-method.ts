import { createMiddleware } from 'hono/factory';
import type { Dispatcher } from '../dispatch.ts';
import type { EdgeEnv } from './edge-env.ts';

/** Finds the method that a request means, so that the stages behind know whom they let in, and to what. */
export const findMethod = (dispatcher: Dispatcher) =>
  createMiddleware<EdgeEnv>(function findMethod(c, next) {
    const exchange = c.get('exchange');
    exchange.routed = dispatcher.route(exchange);
    return next();
  });
