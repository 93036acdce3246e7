import type { RestTarget } from '../../rest-route.ts';
import type { Protocol } from '../protocol.ts';
import { writeError } from './error.ts';
import { restReplies } from './replies.ts';
import { openCall, type RestCall, readMessage } from './request.ts';
import { writeReply } from './response.ts';

/** HTTP and JSON by the `google.api.http` rules of the methods. */
export const restProtocol: Protocol<RestTarget, RestCall> = {
  name: 'REST',
  openCall,
  readMessage,
  writeReply,
  writeReplies: restReplies,
  writeError,
};
