import { createMiddleware } from 'hono/factory';
import { edgeRequest } from '../edge-request.ts';
import type { Exchange } from '../exchange.ts';

import type { EdgeEnv } from './edge-env.ts';

/** Begins an exchange for the stages that follow. Its limits are zero until their stage sets them. */
export const openExchange = () =>
  createMiddleware<EdgeEnv>(function openExchange(c, next) {
    const exchange: Exchange = {
      request: edgeRequest(c.req.raw, c.env),
      startedAtMs: performance.now(),
      requestId: '',
      traceparent: '',
      tracestate: undefined,
      clientTrace: undefined,
      span: undefined,
      maxBodyBytes: 0,
      deadline: { defaultMs: 0, maxMs: 0 },
      route: undefined,
      routed: undefined,
      identity: undefined,
      credentialsEndHere: false,
      error: undefined,
      sentStatus: 0,
      sentBytes: 0,
      responseHeaders: {},
    };
    c.set('exchange', exchange);
    return next();
  });
