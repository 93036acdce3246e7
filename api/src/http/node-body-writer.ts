import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { BodyListener, BodyWriter, EdgeResponse, Exchange } from '../exchange.ts';
import { type NodeWire, nodeWire } from './node-wire.ts';

/** Up to this many bytes, what waits is joined into one write: copying costs less there than a write of its own. */
const largestJoinedBytes = 64 * 1024;

/** Writes an answer to Node's response. Resolves when all of it has been handed over, or the client has gone. */
export function sendOverNode(
  exchange: Exchange,
  response: EdgeResponse,
  outgoing: ServerResponse | Http2ServerResponse,
): Promise<void> {
  const wire = nodeWire(outgoing);
  return new Promise((resolve) => {
    let listener: BodyListener | undefined;
    // 'close' follows, and tells all there is to know.
    wire.body.on('error', () => undefined);
    const writer = new NodeBodyWriter(exchange, wire, () => listener?.onDrain());
    const onClose = (): void => {
      if (!writer.ended) listener?.onClose();
      resolve();
    };
    if (!wire.body.destroyed) wire.body.once('close', onClose);
    listener = begin(response, { wire, writer });
    if (wire.body.destroyed) onClose();
  });
}

function begin(
  response: EdgeResponse,
  { wire, writer }: { wire: NodeWire; writer: NodeBodyWriter },
): BodyListener | undefined {
  const { status, headers } = response;
  if (wire.body.destroyed) return 'start' in response ? response.start(writer) : undefined;
  if ('body' in response && response.body === undefined) {
    wire.sendHeadOnly(status, { ...headers, ...response.trailers });
    return undefined;
  }
  wire.sendHead(status, headers);
  if ('start' in response) {
    const listener = response.start(writer);
    process.nextTick(() => wire.flushHead());
    return listener;
  }
  if (response.body !== undefined) writer.write(response.body);
  writer.end(response.trailers);
  return undefined;
}

/** Gathers what one turn of the event loop writes, and hands it over at its end. */
class NodeBodyWriter implements BodyWriter {
  readonly #exchange: Exchange;
  readonly #wire: NodeWire;
  readonly #onDrain: () => void;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #scheduled = false;
  #blocked = false;
  #ended = false;

  constructor(exchange: Exchange, wire: NodeWire, onDrain: () => void) {
    this.#exchange = exchange;
    this.#wire = wire;
    this.#onDrain = onDrain;
    wire.body.on('drain', () => {
      this.#blocked = false;
      this.#flush();
      if (!this.#blocked) this.#onDrain();
    });
  }

  /** Whether the answer is complete, or has been broken off from this side. */
  get ended(): boolean {
    return this.#ended;
  }

  write(chunk: Uint8Array | string): boolean {
    if (this.#over) return true;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#exchange.sentBytes += bytes.length;
    if (this.#waitingBytes >= largestJoinedBytes && !this.#blocked) this.#flush();
    else this.#schedule();
    return !this.#blocked;
  }

  end(trailers?: Record<string, string>): void {
    if (this.#over) return;
    this.#flush();
    this.#ended = true;
    this.#wire.end(trailers);
  }

  abort(): void {
    if (this.#over) return;
    this.#ended = true;
    this.#wire.abort();
  }

  get #over(): boolean {
    return this.#ended || this.#wire.body.destroyed || this.#wire.body.writableEnded;
  }

  #schedule(): void {
    if (this.#scheduled || this.#blocked) return;
    this.#scheduled = true;
    process.nextTick(this.#atTurnEnd);
  }

  readonly #atTurnEnd = (): void => {
    this.#scheduled = false;
    if (!this.#blocked) this.#flush();
  };

  #flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0 || this.#over) return;
    const { body } = this.#wire;
    this.#waiting = [];
    const bytes = this.#waitingBytes;
    this.#waitingBytes = 0;
    if (waiting.length === 1) {
      this.#blocked = !body.write(waiting[0]);
    } else if (bytes <= largestJoinedBytes) {
      this.#blocked = !body.write(Buffer.concat(waiting, bytes));
    } else {
      body.cork();
      for (const piece of waiting) this.#blocked = !body.write(piece);
      body.uncork();
    }
  }
}
