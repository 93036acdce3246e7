import type { RawStreamCall } from '@busline/bus';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Upstream } from '../edge-bus.ts';
import type { Exchange, StreamedResponse } from '../exchange.ts';
import type { MessageFlow, MessageReceiver } from '../protocols/envelope/message-reader.ts';
import { internalError } from '../protocols/failure.ts';
import type { ReplyFraming } from '../protocols/protocol.ts';
import { ReplyPump } from './reply-pump.ts';

/** A streaming call on its way from HTTP to the bus and back. */
export interface StreamCall {
  readonly call: RawStreamCall;
  readonly framing: ReplyFraming;
  /** Reads the requests, where the method takes more than the one in `call`. */
  readonly readMessages: ((receiver: MessageReceiver) => MessageFlow | undefined) | undefined;
}

/**
 * Makes a streaming call. Both directions run at once, each at the pace of who takes its messages.
 *
 * Resolves when the worker's header has come. What fails before is thrown, for `Routed.writeError`; what fails after
 * ends the body, as its framing says it.
 */
export function callStream(
  upstream: Upstream,
  exchange: Exchange,
  { call, framing, readMessages }: StreamCall,
): Promise<StreamedResponse> {
  return new Promise((resolve, reject) => {
    let answered = false;
    let over = false;
    let failure: ConnectError | undefined;
    let requests: MessageFlow | undefined;

    const giveUp = (error: ConnectError): void => {
      failure ??= error;
      exchange.error ??= failure;
      stream.cancel(failure);
    };
    const replies = new ReplyPump({
      framing,
      onBroken: (cause) => giveUp(cause === 'client' ? clientGone() : internalError(cause)),
    });
    const end = (): void => {
      over = true;
      requests?.stop();
    };
    const stream = upstream.openStream(call, {
      onHeader(header) {
        answered = true;
        resolve({ status: 200, headers: framing.headers(header), start: (body) => replies.start(body) });
      },
      onMessage: (message, release) => replies.send(message, release),
      onWritable: () => requests?.resume(),
      onEnd(trailer) {
        end();
        replies.finish(trailer, undefined);
      },
      onError(thrown) {
        end();
        const error = failure ?? thrown;
        if (!answered) {
          reject(error);
          return;
        }
        exchange.error ??= error;
        replies.finish(error.metadata, error);
      },
    });
    if (over || readMessages === undefined) return;
    requests = readMessages({
      onMessage(message) {
        if (!stream.write(message)) requests?.pause();
      },
      onEnd: () => stream.end(),
      onError: giveUp,
    });
  });
}

function clientGone(): ConnectError {
  return new ConnectError('the client went away', Code.Canceled);
}
