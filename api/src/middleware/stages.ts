import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Exchange } from '../exchange.ts';
import type { EdgeEnv } from './edge-env.ts';

/** A step on the way to the method: looks at the exchange, notes what it found out, or throws. */
export type Stage = (exchange: Exchange, c: Context<EdgeEnv>) => void | Promise<void>;

/**
 * Runs steps in order, as one middleware. A middleware each would cost more than most of them do: eleven that only call
 * `next` took 3.4 µs, eleven functions called by one took 0.6.
 */
export const stages = (...all: readonly Stage[]) =>
  createMiddleware<EdgeEnv>(function stages(c, next) {
    const exchange = c.get('exchange');
    for (const [index, stage] of all.entries()) {
      const waiting = stage(exchange, c);
      if (waiting !== undefined) return finish(index + 1, waiting);
    }
    return next();

    async function finish(from: number, waiting: Promise<void>): Promise<void> {
      await waiting;
      for (const stage of all.slice(from)) await stage(exchange, c);
      await next();
    }
  });
