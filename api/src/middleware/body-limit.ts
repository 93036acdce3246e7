import type { Stage } from './stages.ts';

/**
 * Bounds request bodies, compressed and unpacked alike; in a stream, each message. Who reads the body holds to it: one
 * announced as larger is refused unread, one of unknown length when it has become larger.
 */
export const bodyLimit: Stage = (exchange) => {
  // findMethod throws where there is none.
  exchange.maxBodyBytes = exchange.routed?.record.policy.maxRequestBytes ?? 0;
};
