import { mergeHeaderBlocks } from '../../wire/header-block.ts';
import { defaultMaxMessageBytes, defaultWindowBytes } from '../stream/limits.ts';
import { callFault } from './call-fault.ts';
import type { Caller } from './caller.ts';
import { StreamExchange } from './stream-exchange.ts';
import type { OutgoingCall, UnaryOutcome } from './unary-exchange.ts';

/**
 * Makes a unary call whose request is too large for one message: as a stream of one message each way
 * (docs/protocol.md, "Messages of any size"). Such a call is sent once; it is not retried.
 */
export function sendLargeRequest(caller: Caller, call: OutgoingCall, outcome: UnaryOutcome): void {
  const method = `${call.service}/${call.method}`;
  const maxMessageBytes = call.maxMessageBytes ?? defaultMaxMessageBytes;
  if (call.body.length > maxMessageBytes) {
    outcome.onError(
      callFault(method, {
        reason: 'MESSAGE_TOO_LARGE',
        what: `a message of ${call.body.length} bytes is over the limit of ${maxMessageBytes}`,
        fate: 'never-started',
        facts: { sizeBytes: String(call.body.length), maxBytes: String(maxMessageBytes) },
      }),
    );
    return;
  }
  let header: Uint8Array | undefined;
  let body: Uint8Array | undefined;
  const exchange = new StreamExchange(
    caller,
    {
      ...call,
      timeoutMs: call.timeoutMs ?? caller.timeoutMs,
      windowBytes: defaultWindowBytes,
      maxMessageBytes,
    },
    {
      onHead(head) {
        header = head;
      },
      onMessage(message, release) {
        body = message;
        release();
      },
      onWritable() {},
      onEnd(trailer) {
        if (body !== undefined) {
          outcome.onReply(body, mergeHeaderBlocks(header, trailer));
          return;
        }
        const what = 'the worker answered without a message';
        outcome.onError(callFault(method, { reason: 'MALFORMED_REPLY', what, fate: 'may-have-run' }));
      },
      onError: (error) => outcome.onError(error),
    },
  );
  exchange.write(call.body);
  exchange.end();
  exchange.begin();
}
