import { Code, ConnectError } from '@connectrpc/connect';
import type { ContentCoding } from '../../compression.ts';
import type { EdgeRequest } from '../../exchange.ts';
import { incompleteBody } from '../../http-fault.ts';
import { internalError } from '../failure.ts';
import { unpackMessage } from './message-coding.ts';
import { packedFlag } from './prefix.ts';
import { createEnvelopeSplitter } from './splitter.ts';

export interface MessageReaderOptions {
  /** Largest message, packed and unpacked alike. */
  readonly maxMessageBytes: number;
  /** How packed messages are packed, where the caller said so. */
  readonly coding: ContentCoding | undefined;
  /** The message in the binary format. @throws ConnectError INVALID_ARGUMENT */
  decode(message: Uint8Array): Uint8Array;
  /** Takes off what lies around the envelopes, as base64 does in gRPC-Web's text form. @throws ConnectError */
  readonly unwrap?: ((chunk: Uint8Array) => Uint8Array) | undefined;
}

/** Hears the messages of a request, in order. `onEnd` or `onError` comes last, once. */
export interface MessageReceiver {
  onMessage(message: Uint8Array): void;
  onEnd(): void;
  onError(error: ConnectError): void;
}

/** Slows the messages down to the pace of who takes them. */
export interface MessageFlow {
  pause(): void;
  resume(): void;
  /** Nothing more is told; what still comes is dropped. */
  stop(): void;
}

/** Reads the enveloped messages of a request. At most one message and one chunk of the body are held. */
export function readMessages(
  request: EdgeRequest,
  options: MessageReaderOptions,
  receiver: MessageReceiver,
): MessageFlow {
  const waiting: Uint8Array[] = [];
  let paused = false;
  let unpacking = false;
  let bodyEnded = false;
  let stopped = false;

  const splitter = createEnvelopeSplitter({
    maxMessageBytes: options.maxMessageBytes,
    mayRead: () => !(paused || unpacking || stopped),
    onEnvelope(flags, payload) {
      if (flags === 0) receiver.onMessage(options.decode(payload));
      else if (flags === packedFlag) unpack(payload);
      else
        throw new ConnectError(
          `an envelope has the flags ${flags}, which are not known`,
          Code.InvalidArgument,
        );
    },
  });
  const body = request.openBody({
    onData(chunk) {
      if (stopped) return;
      guarded(() => waiting.push(options.unwrap === undefined ? chunk : options.unwrap(chunk)));
      advance();
    },
    onEnd() {
      bodyEnded = true;
      advance();
    },
    onBroken: () => fail(incompleteBody()),
  });
  return {
    pause() {
      paused = true;
    },
    resume() {
      if (!paused) return;
      paused = false;
      advance();
    },
    stop() {
      stopped = true;
      waiting.length = 0;
      // Whoever sent the body is not kept waiting with what nobody will read.
      body.resume();
    },
  };

  /** Reads on in what has come, and asks for more when it is used up. */
  function advance(): void {
    guarded(() => {
      while (waiting.length > 0 && !stopped) {
        const chunk = waiting[0] as Uint8Array;
        const taken = splitter.push(chunk);
        if (taken < chunk.length) {
          waiting[0] = chunk.subarray(taken);
          break;
        }
        waiting.shift();
      }
    });
    if (stopped) return;
    if (waiting.length > 0 || paused || unpacking) body.pause();
    else if (!bodyEnded) body.resume();
    else end();
  }

  function end(): void {
    if (!splitter.atBoundary) {
      fail(new ConnectError('the request ends within a message', Code.InvalidArgument));
      return;
    }
    stopped = true;
    receiver.onEnd();
  }

  function unpack(payload: Uint8Array): void {
    const { coding, maxMessageBytes } = options;
    if (coding === undefined) {
      const message = 'a message is marked as compressed, and no header field says how';
      throw new ConnectError(message, Code.Internal);
    }
    unpacking = true;
    unpackMessage(payload, coding, maxMessageBytes).then((message) => {
      unpacking = false;
      if (stopped) return;
      guarded(() => receiver.onMessage(options.decode(message)));
      advance();
    }, fail);
  }

  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      fail(error);
    }
  }

  function fail(error: unknown): void {
    if (stopped) return;
    stopped = true;
    waiting.length = 0;
    body.resume();
    receiver.onError(error instanceof ConnectError ? error : internalError(error));
  }
}

/**
 * Reads a request that is one message.
 *
 * @throws ConnectError UNIMPLEMENTED when there is none, or more than one: then the caller takes the method for one of
 * another kind
 */
export function readSingleMessage(request: EdgeRequest, options: MessageReaderOptions): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let only: Uint8Array | undefined;
    const flow = readMessages(request, options, {
      onMessage(message) {
        if (only === undefined) {
          only = message;
          return;
        }
        flow.stop();
        reject(
          new ConnectError('the method takes one message, and more than one was sent', Code.Unimplemented),
        );
      },
      onEnd() {
        if (only === undefined)
          reject(new ConnectError('the method takes one message, and none was sent', Code.Unimplemented));
        else resolve(only);
      },
      onError: reject,
    });
  });
}
