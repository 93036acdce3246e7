import { createMiddleware } from 'hono/factory';
import type { CorsPolicy } from '../policies/cors-policy.ts';
import { edgeFault } from '../policies/edge-fault.ts';
import { respond } from '../respond.ts';
import type { EdgeEnv } from './edge-env.ts';

/**
 * Answers preflights and marks answers for web pages of other origins (Fetch standard, "CORS protocol"). A preflight is
 * answered whatever its path is: the request itself then tells the page what is wrong with the path.
 */
export const cors = (policy: CorsPolicy | undefined) =>
  createMiddleware<EdgeEnv>(function cors(c, next) {
    const exchange = c.get('exchange');
    const { request, responseHeaders } = exchange;
    if (policy?.varies) responseHeaders.vary = 'origin';
    const origin = request.header('origin');
    if (origin === undefined) return next();
    const isPreflight =
      request.method === 'OPTIONS' && request.header('access-control-request-method') !== undefined;
    if (!isPreflight) {
      Object.assign(responseHeaders, policy?.actual(origin));
      return next();
    }
    const fields = policy?.preflight(origin);
    if (fields === undefined) {
      throw edgeFault('ORIGIN_NOT_ALLOWED', {
        message: `web pages of ${origin} may not call this edge: its configuration does not list the origin in cors.origins`,
      });
    }
    exchange.route = 'preflight';
    return Promise.resolve(respond(c, { status: 204, headers: fields, body: undefined }, false));
  });
