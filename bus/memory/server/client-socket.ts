import { Duplex } from 'node:stream';
import { type ClientOperation, createOperationReader } from './client-operations.ts';
import { statusHead } from './message-head.ts';
import type { RoutedMessage, Router } from './router.ts';

export interface ClientSocketInit {
  readonly router: Router;
  /** The broker's first line to a client, without `INFO`. */
  readonly info: object;
  /** Hears of every piece of traffic: whoever waits until the bus is quiet. */
  onTraffic(): void;
  onClosed(socket: ClientSocket): void;
}

/**
 * A client's connection to the broker: for the client a socket like any other, whose other end is in this process. What
 * one turn of the event loop has for the client leaves together, as it would from a server.
 */
export class ClientSocket extends Duplex {
  readonly #init: ClientSocketInit;
  readonly #subscriptions = new Map<string, () => void>();
  readonly #read = createOperationReader((operation) => this.#do(operation));
  #waiting: Uint8Array[] = [];

  constructor(init: ClientSocketInit) {
    super({ allowHalfOpen: false });
    this.#init = init;
    this.#say(`INFO ${JSON.stringify(init.info)}\r\n`);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#init.onTraffic();
    this.#read(chunk);
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.destroy();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const end of this.#subscriptions.values()) end();
    this.#subscriptions.clear();
    this.#init.onClosed(this);
    done(error);
  }

  #do(operation: ClientOperation): void {
    switch (operation.kind) {
      case 'ping':
        this.#say('PONG\r\n');
        return;
      case 'publish':
        this.#publish(operation);
        return;
      case 'subscribe':
        this.#subscribe(operation);
        return;
      case 'unsubscribe':
        this.#unsubscribe(operation.id, operation.afterMessages);
        return;
      case 'unknown':
        this.#say("-ERR 'Unknown Protocol Operation'\r\n");
        this.destroy();
    }
  }

  #publish({ subject, reply, head, body }: RoutedMessage): void {
    const receivers = this.#init.router.publish({ subject, reply, head, body });
    if (receivers > 0 || reply === '') return;
    this.#init.router.publish({
      subject: reply,
      reply: '',
      head: statusHead('503'),
      body: new Uint8Array(0),
    });
  }

  readonly #left = new Map<string, number>();

  #subscribe({ subject, queue, id }: { subject: string; queue: string; id: string }): void {
    const deliver = (message: RoutedMessage): void => {
      this.#deliver(id, message);
      const left = this.#left.get(id);
      if (left === undefined) return;
      this.#left.set(id, left - 1);
      if (left <= 1) this.#unsubscribe(id, 0);
    };
    this.#subscriptions.set(id, this.#init.router.subscribe({ subject, queue, deliver }));
  }

  #unsubscribe(id: string, afterMessages: number): void {
    if (afterMessages > 0) {
      this.#left.set(id, afterMessages);
      return;
    }
    this.#subscriptions.get(id)?.();
    this.#subscriptions.delete(id);
    this.#left.delete(id);
  }

  #deliver(id: string, { subject, reply, head, body }: RoutedMessage): void {
    const address = reply === '' ? `${subject} ${id}` : `${subject} ${id} ${reply}`;
    if (head === undefined) {
      this.#say(`MSG ${address} ${body.length}\r\n`, body);
    } else {
      this.#say(`HMSG ${address} ${head.length} ${head.length + body.length}\r\n`, head, body);
    }
    this.#say('\r\n');
  }

  #say(line: string, ...parts: readonly Uint8Array[]): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#flush());
    this.#waiting.push(Buffer.from(line), ...parts);
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    if (this.destroyed) return;
    this.#init.onTraffic();
    this.push(bytes);
  }
}
