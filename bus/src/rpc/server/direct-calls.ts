import type { Msg } from '@nats-io/nats-core';
import type { Connection } from '../../connection/connection.ts';
import { replySubjectOf } from '../../connection/raw-message.ts';
import { fault } from '../../errors/fault.ts';
import { encodeErrorReply } from '../../wire/reply.ts';

/** Calls addressed to this very instance, on subjects of its own. One per connection, shared by all services on it. */
export interface DirectCalls {
  /** Takes calls of a method until the returned function is called. `name` is `<package>.<Service>.<Method>`. */
  serve(name: string, onRequest: (message: Msg) => void): () => void;
  deliver(name: string, message: Msg): void;
}

export function createDirectCalls(connection: Connection): DirectCalls {
  const methods = new Map<string, (message: Msg) => void>();
  return {
    serve(name, onRequest) {
      methods.set(name, onRequest);
      return () => methods.delete(name);
    },
    deliver(name, message) {
      const onRequest = methods.get(name);
      if (onRequest !== undefined) {
        onRequest(message);
        return;
      }
      const replySubject = replySubjectOf(message);
      if (replySubject === '') return;
      const error = fault('NO_RESPONDERS', {
        message: `${name}: instance ${connection.instance} does not serve it, or not any more`,
      });
      const { head, body } = encodeErrorReply(error, 'never-started');
      connection.publish(replySubject, body, head);
    },
  };
}
