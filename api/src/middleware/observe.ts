import { createMiddleware } from 'hono/factory';
import type { Exchange } from '../exchange.ts';
import type { EdgeEnv } from './edge-env.ts';

/** Looks at a request when its answer has been sent, or given up. */
export type ExchangeObserver = (exchange: Exchange) => void;

/** Tells observers of every request, in order. */
export const observe = (...observers: readonly ExchangeObserver[]) =>
  createMiddleware<EdgeEnv>(async function observe(c, next) {
    await next();
    const exchange = c.get('exchange');
    for (const tell of observers) tell(exchange);
  });
