import { randomHex } from '@busline/bus';
import type { Stage } from './stages.ts';

/** What an id of someone else may look like: it is logged and sent on, so it is short and plain. */
const saneId = /^[A-Za-z0-9_.:/+=-]{1,128}$/;

/** Takes the caller's X-Request-Id, or makes one. It is returned, logged, and sent on as metadata. */
export const requestId: Stage = (exchange) => {
  const given = exchange.request.header('x-request-id');
  exchange.requestId = given !== undefined && saneId.test(given) ? given : randomHex(16);
};
