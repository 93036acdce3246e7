import { Code, ConnectError } from '@connectrpc/connect';
import type { CallTarget, Protocol } from '../protocol.ts';
import { writeError } from './error.ts';
import { type ConnectCall, openCall, readMessage } from './request.ts';
import { writeReply } from './response.ts';

/** The Connect protocol (https://connectrpc.com/docs/protocol), unary. */
export const connectProtocol: Protocol<CallTarget, ConnectCall> = {
  name: 'Connect',
  openCall,
  readMessage,
  writeReply,
  writeReplies() {
    // openCall lets none through.
    throw new ConnectError('a stream needs a content type for streams', Code.Internal);
  },
  writeError,
};
