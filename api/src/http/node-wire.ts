import type { ServerResponse } from 'node:http';
import { constants, Http2ServerResponse, type ServerHttp2Stream } from 'node:http2';
import type { Writable } from 'node:stream';

/** An answer on Node's side, alike for HTTP/1 and HTTP/2. */
export interface NodeWire {
  /** Takes the bytes of the body. */
  readonly body: Writable;
  sendHead(status: number, headers: Record<string, string>): void;
  /** Sends the header now, if no byte of the body has taken it along. */
  flushHead(): void;
  end(trailers: Record<string, string> | undefined): void;
  /** An answer that is a header only: with HTTP/2 in one frame, as gRPC asks for ("Trailers-Only"). */
  sendHeadOnly(status: number, headers: Record<string, string>): void;
  abort(): void;
}

export function nodeWire(outgoing: ServerResponse | Http2ServerResponse): NodeWire {
  return outgoing instanceof Http2ServerResponse ? http2Wire(outgoing) : http1Wire(outgoing);
}

function http1Wire(outgoing: ServerResponse): NodeWire {
  return {
    body: outgoing,
    sendHead: (status, headers) => void outgoing.writeHead(status, headers),
    flushHead: () => outgoing.flushHeaders(),
    end: () => void outgoing.end(),
    sendHeadOnly: (status, headers) => void outgoing.writeHead(status, headers).end(),
    abort: () => void outgoing.destroy(),
  };
}

/** Mostly on the stream itself: Node's compatibility layer cannot send a header that ends the stream. */
function http2Wire(outgoing: Http2ServerResponse): NodeWire {
  const { stream } = outgoing;
  return {
    body: stream,
    sendHead(status, headers) {
      stream.respond({ ':status': status, ...headers }, { waitForTrailers: true });
      // The compatibility layer, which listens as well and first, has sent them then.
      stream.once('wantTrailers', () => refuseTheRest(stream));
    },
    flushHead: () => undefined,
    end(trailers) {
      if (trailers !== undefined) outgoing.addTrailers(trailers);
      stream.end();
    },
    sendHeadOnly(status, headers) {
      stream.respond({ ':status': status, ...headers }, { endStream: true });
      refuseTheRest(stream);
    },
    abort: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  };
}

/** The answer is complete, so what the client still sends is of no use (RFC 9113, section 8.1). */
function refuseTheRest(stream: ServerHttp2Stream): void {
  // A turn later, or the reset would overtake the end of the answer.
  setImmediate(() => {
    if (!stream.readableEnded && !stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
  });
}
