import type { CallTarget, Protocol } from '../protocol.ts';
import { writeError } from './error.ts';
import { type ConnectCall, readCall } from './request.ts';
import { writeReply } from './response.ts';

/** The Connect protocol (https://connectrpc.com/docs/protocol), unary. */
export const connectProtocol: Protocol<CallTarget, ConnectCall> = {
  name: 'connect',
  readCall,
  writeReply,
  writeError,
};
