import type { DescMessage } from '@bufbuild/protobuf';
import type { Transport } from '@connectrpc/connect';
import { type Connection, type ConnectionState, openConnection } from './connection/connection.ts';
import { type ConnectOptions, completeOptions } from './connection/options.ts';
import type { Catalog } from './registry/catalog.ts';
import { type CatalogWatch, watchCatalog } from './registry/watch-catalog.ts';
import { type Caller, createCaller } from './rpc/client/caller.ts';
import { createTransport, type TransportOptions } from './rpc/client/transport.ts';
import { createHeldCalls } from './rpc/server/held-calls.ts';
import type { WorkerOptions } from './rpc/server/serve.ts';
import { openStore, type Store, type StoreOptions } from './state/store.ts';
import { readReplyMetadata } from './wire/reply.ts';
import { openWorker, type Worker } from './worker/open-worker.ts';

/** A unary call as bytes: for those who pass messages on without knowing them, as the edge does. */
export interface UnaryCall {
  /** Full service name, such as `orders.v1.OrderService`. */
  readonly service: string;
  /** Method name as in the contract, such as `PlaceOrder`. */
  readonly method: string;
  /** The serialized request message. */
  readonly body: Uint8Array;
  /** Whether the contract allows the call to run twice (`idempotency_level`); only then is it sent again after it may have run. */
  readonly idempotent: boolean;
  /** Names in any case, values as text; `-bin` names carry base64. */
  readonly metadata?: Iterable<readonly [name: string, value: string]> | undefined;
  /** Deadline in milliseconds. Default: that of the bus. Never longer than what is left to the handler it is made in. */
  readonly timeoutMs?: number | undefined;
  /** Cancels the call, at the worker too. */
  readonly signal?: AbortSignal | undefined;
}

export interface UnaryReply {
  /** The serialized response message. */
  readonly body: Uint8Array;
  /** Metadata, parsed when first asked for. */
  readonly header: Headers;
  readonly trailer: Headers;
}

/** A process's place on the bus. */
export interface Bus {
  /** Random id of this process; receipts, discovery and logs name it. */
  readonly instance: string;
  readonly state: ConnectionState;
  /** Calls `listener` at each change of state. Returns the function that ends it. */
  onStateChange(listener: (state: ConnectionState) => void): () => void;
  /** Connect's transport: `createClient(OrderService, bus.transport())`. */
  transport(options?: TransportOptions): Transport;
  /**
   * Makes a unary call with bytes in and bytes out.
   *
   * @throws ConnectError: the worker's own, or one of the bus (docs/errors.md).
   */
  callUnary(call: UnaryCall): Promise<UnaryReply>;
  /**
   * Serves services: subscribes, announces their contracts, answers discovery. Resolves when calls arrive.
   *
   * @throws TypeError for options that cannot be used; ConnectError when the broker or JetStream does not answer.
   */
  serve(options: WorkerOptions): Promise<Worker>;
  /** Opens typed state in JetStream KV. */
  openStore<S extends DescMessage>(options: StoreOptions<S>): Promise<Store<S>>;
  /** Follows what services there are. Resolves when the first catalog has been told. */
  watchCatalog(onChange: (catalog: Catalog) => void): Promise<CatalogWatch>;
  /** Stops workers as `Worker.stop` does, waits for calls under way, sends what is buffered, closes. */
  drain(): Promise<void>;
}

/**
 * Joins the bus.
 *
 * @throws TypeError for options that cannot be used; ConnectError DISCONNECTED (UNAVAILABLE) when no broker
 * answers within `connectTimeoutMs`.
 */
export async function connect(options: ConnectOptions = {}): Promise<Bus> {
  const connection = await openConnection(completeOptions(options));
  return createBus(connection, createCaller(connection));
}

function createBus(connection: Connection, caller: Caller): Bus {
  const { subjects } = connection;
  const held = createHeldCalls(connection);
  const workers = new Set<Worker>();
  const watches = new Set<CatalogWatch>();
  let draining: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    await Promise.all([...workers].map((worker) => worker.stop()));
    await Promise.all([...watches].map((watch) => watch.stop()));
    await caller.idle();
    held.close();
    await connection.close();
  };

  return {
    instance: connection.instance,
    get state() {
      return connection.state;
    },
    onStateChange: (listener) => connection.onStateChange(listener),
    transport: (options) => createTransport(caller, subjects, options),
    callUnary: (call) =>
      new Promise((resolve, reject) => {
        const subject = subjects.method(call.service, call.method);
        caller.unary(
          { ...call, subject },
          { onError: reject, onReply: (body, head) => resolve(new RawReply(body, head)) },
        );
      }),
    async serve(options) {
      const worker = await openWorker(connection, held, options);
      workers.add(worker);
      return worker;
    },
    openStore: (options) => openStore(connection, options),
    async watchCatalog(onChange) {
      const watch = await watchCatalog(connection, onChange);
      watches.add(watch);
      return watch;
    },
    drain() {
      draining ??= drain();
      return draining;
    },
  };
}

class RawReply implements UnaryReply {
  readonly body: Uint8Array;
  readonly #head: Uint8Array | undefined;
  #metadata: { header: Headers; trailer: Headers } | undefined;

  constructor(body: Uint8Array, head: Uint8Array | undefined) {
    this.body = body;
    this.#head = head;
  }

  get header(): Headers {
    this.#metadata ??= readReplyMetadata(this.#head);
    return this.#metadata.header;
  }

  get trailer(): Headers {
    this.#metadata ??= readReplyMetadata(this.#head);
    return this.#metadata.trailer;
  }
}
