import { createMiddleware } from 'hono/factory';
import { edgeFault } from '../policies/edge-fault.ts';
import type { EdgePolicies } from '../policies/edge-policies.ts';
import { isLoopbackName } from '../policies/loopback-name.ts';
import type { EdgeEnv } from './edge-env.ts';

/**
 * Keeps web pages away from an edge that is open to this machine: every page in a browser on it can send requests here.
 * A page whose host name was pointed at this machine asks for that name (DNS rebinding), any other names its origin.
 */
export const ownMachineOnly = ({ openToThisMachine, cors }: EdgePolicies) =>
  createMiddleware<EdgeEnv>(function ownMachineOnly(c, next) {
    if (!openToThisMachine) return next();
    const host = hostNameOf(c.req.url);
    if (!isLoopbackName(host)) {
      throw edgeFault('HOST_NOT_ALLOWED', {
        message: `this edge is open to this machine only, and answers no requests for ${host}`,
      });
    }
    const origin = c.get('exchange').request.header('origin');
    if (origin !== undefined && !isLoopbackOrigin(origin) && cors?.actual(origin) === undefined) {
      throw edgeFault('ORIGIN_NOT_ALLOWED', {
        message: `this edge is open to this machine only, and answers no web pages of ${origin}`,
      });
    }
    return next();
  });

/** The host that the client asked for, whichever field of HTTP it stood in, without the port. */
function hostNameOf(url: string): string {
  return /^[a-z]+:\/\/([^/?#]*?)(?::\d+)?(?:[/?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? '';
}

function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLoopbackName(new URL(origin).hostname);
}
