import type { ConnectError } from '@connectrpc/connect';
import type { BodyListener, BodyWriter } from '../exchange.ts';
import type { Pieces, ReplyFraming } from '../protocols/protocol.ts';

export interface ReplyPumpOptions {
  readonly framing: ReplyFraming;
  /**
   * The replies cannot be passed on: the client has gone, or a message is none of the method's type; in the second case
   * the answer still wants its end. Called at most once.
   */
  onBroken(cause: 'client' | Error): void;
}

/**
 * Moves replies from the bus to the body of an answer. A reply is released, so that the worker may send more, when the
 * body has taken it and there was room; so what waits here is never more than the window of the stream.
 */
export class ReplyPump {
  readonly #framing: ReplyFraming;
  readonly #onBroken: ReplyPumpOptions['onBroken'];
  #body: BodyWriter | undefined;
  /** Steps that wait for the body, or for a message that is being packed. */
  #waiting: Promise<void> | undefined;
  readonly #begun = Promise.withResolvers<void>();
  /** Releases of replies that were written when there was no room. */
  #held: (() => void)[] = [];
  #broken = false;
  #over = false;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor({ framing, onBroken }: ReplyPumpOptions) {
    this.#framing = framing;
    this.#onBroken = onBroken;
    this.#waiting = this.#begun.promise;
    void this.#begun.promise.then(() => this.#settle(this.#begun.promise));
  }

  /** The answer's header is about to be sent. */
  start(body: BodyWriter): BodyListener {
    this.#body = body;
    if (this.#framing.opening !== undefined) body.write(this.#framing.opening);
    this.#begun.resolve();
    this.#beat();
    return {
      onDrain: () => {
        for (const release of this.#held.splice(0)) release();
      },
      onClose: () => this.#break('client'),
    };
  }

  send(message: Uint8Array, release: () => void): void {
    if (this.#broken) return;
    let pieces: Pieces | Promise<Pieces>;
    try {
      pieces = this.#framing.message(message);
    } catch (error) {
      this.#break(error as Error);
      return;
    }
    if (this.#waiting === undefined && !(pieces instanceof Promise)) this.#write(pieces, release);
    else this.#later(pieces, (ready) => this.#write(ready, release));
  }

  /** Ends the answer behind what was sent. */
  finish(trailer: Headers, error: ConnectError | undefined): void {
    if (this.#over) return;
    const end = (): void => {
      const { pieces, trailers, abort = false } = this.#framing.end(trailer, error);
      for (const piece of pieces) this.#body?.write(piece);
      this.#stop();
      if (abort) this.#body?.abort();
      else this.#body?.end(trailers);
    };
    if (this.#waiting === undefined) end();
    else this.#later([], end);
  }

  #write(pieces: Pieces, release: () => void): void {
    if (this.#over) return;
    let room = true;
    for (const piece of pieces) room = this.#body?.write(piece) ?? true;
    this.#heartbeat?.refresh();
    if (room) release();
    else this.#held.push(release);
  }

  /** Takes a step when those before it are done and its pieces are ready. */
  #later(pieces: Pieces | Promise<Pieces>, step: (pieces: Pieces) => void): void {
    const done = Promise.all([pieces, this.#waiting]).then(
      ([ready]) => {
        if (!this.#over) step(ready);
        this.#settle(done);
      },
      (error: Error) => {
        this.#break(error);
        this.#settle(done);
      },
    );
    this.#waiting = done;
  }

  #settle(done: Promise<void>): void {
    if (this.#waiting === done) this.#waiting = undefined;
  }

  #beat(): void {
    const { heartbeat } = this.#framing;
    if (heartbeat === undefined) return;
    this.#heartbeat = setInterval(() => {
      // Only where nothing waits: a client that does not read needs no sign of life.
      if (this.#held.length === 0) this.#body?.write(heartbeat.piece);
    }, heartbeat.everyMs);
  }

  #break(cause: 'client' | Error): void {
    if (this.#broken || this.#over) return;
    this.#broken = true;
    if (cause === 'client') this.#stop();
    this.#onBroken(cause);
  }

  #stop(): void {
    this.#over = true;
    this.#held = [];
    clearInterval(this.#heartbeat);
  }
}
