import type { BodyListener, BodyWriter, Exchange, StreamedResponse } from '../exchange.ts';

/** Bytes that may wait to be read before a writer is asked to wait. */
const highWaterBytes = 64 * 1024;

/** Sends a streamed answer where no server of Node.js stands behind the edge, as in tests and other Fetch servers. */
export function streamOverFetch(exchange: Exchange, response: StreamedResponse): Response {
  const { status, headers } = response;
  let listener: BodyListener | undefined;
  let over = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        listener = response.start(writerTo(controller));
      },
      pull: () => listener?.onDrain(),
      cancel() {
        over = true;
        listener?.onClose();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: highWaterBytes }),
  );
  if (exchange.request.method !== 'HEAD') return new Response(body, { status, headers });
  void body.cancel();
  return new Response(null, { status, headers });

  function writerTo(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): BodyWriter {
    return {
      write(chunk) {
        if (over) return true;
        const bytes = new Uint8Array(Buffer.from(chunk));
        exchange.sentBytes += bytes.length;
        controller.enqueue(bytes);
        return (controller.desiredSize ?? 1) > 0;
      },
      end() {
        if (over) return;
        over = true;
        controller.close();
      },
      abort() {
        if (over) return;
        over = true;
        controller.error(new Error('the answer was broken off'));
      },
    };
  }
}
