import type { ErrorFormat, RestTarget } from '../../rest-route.ts';
import type { Protocol } from '../protocol.ts';
import { writeError } from './error.ts';
import { restReplies } from './replies.ts';
import { openCall, type RestCall, readMessage } from './request.ts';
import { writeReply } from './response.ts';

export type RestProtocol = Protocol<RestTarget, RestCall>;

/** HTTP and JSON by the `google.api.http` rules of the methods, by what its errors look like. */
export const restProtocols: Readonly<Record<ErrorFormat, RestProtocol>> = {
  problem: restProtocol('problem'),
  google: restProtocol('google'),
};

function restProtocol(errorFormat: ErrorFormat): RestProtocol {
  return {
    name: 'REST',
    answersOperations: true,
    openCall,
    readMessage,
    writeReply,
    writeReplies: (exchange, call) => restReplies(exchange, call, errorFormat),
    writeError: (exchange, thrown, target) => writeError(exchange, { thrown, target, errorFormat }),
  };
}
