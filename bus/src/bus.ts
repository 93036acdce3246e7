import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type DescService,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import type { CallOptions, Client, Transport } from '@connectrpc/connect';
import { messageCodec } from './codec/message-codec.ts';
import { type Connection, type ConnectionState, openConnection } from './connection/connection.ts';
import { type CompleteOptions, type ConnectOptions, completeOptions } from './connection/options.ts';
import { gatherStats } from './discovery/gather-stats.ts';
import type { ServiceStats } from './discovery/service-stats.ts';
import { createDurableClient, type DurableClient } from './durable/durable-client.ts';
import { createDurableWork } from './durable/durable-work.ts';
import type { Operations } from './durable/operations.ts';
import type { ConsumerAdmin } from './events/consumers/consumer-admin.ts';
import type { EventTypes } from './events/contract/watch-event-types.ts';
import type { DeadLetters } from './events/dead-letters/dead-letters.ts';
import { createEvents, type Events } from './events/events.ts';
import { encodeIdentity } from './policy/identity.ts';
import { replicateRegistry } from './registry/bucket.ts';
import type { Catalog } from './registry/catalog.ts';
import { type CatalogWatch, watchCatalog } from './registry/watch-catalog.ts';
import type { RegistryWatch } from './registry/watch-registry.ts';
import { busClient } from './rpc/client/bus-client.ts';
import { type Caller, createCaller } from './rpc/client/caller.ts';
import { type Gathered, gather } from './rpc/client/gather.ts';
import {
  openRawStream,
  type RawStream,
  type RawStreamCall,
  type RawStreamListener,
} from './rpc/client/raw-stream.ts';
import { RawReply, type UnaryCall, type UnaryReply } from './rpc/client/raw-unary.ts';
import { createTransport, type TransportOptions } from './rpc/client/transport.ts';
import { createDirectCalls } from './rpc/server/direct-calls.ts';
import { createHeldCalls } from './rpc/server/held-calls.ts';
import { createStreamTable } from './rpc/server/stream-table.ts';
import { createStreamHub, type StreamHub } from './rpc/stream/stream-hub.ts';
import { callScope } from './scope/call-scope.ts';
import { openStore, type Store, type StoreOptions } from './state/store.ts';
import { type BusTelemetry, createBusTelemetry } from './telemetry/bus-telemetry.ts';
import { encodeRequestHead } from './wire/request.ts';
import { type EventWorkerOptions, openEventWorker } from './worker/event-worker.ts';
import type { Worker } from './worker/open-worker.ts';

// Above 300 lines, most of them the documentation of what a bus offers: whoever looks for a part of it finds it here.

/** A process's place on the bus. With `await using` it drains at the end of the block. */
export interface Bus extends AsyncDisposable {
  /** Random id of this process; receipts, discovery and logs name it. */
  readonly instance: string;
  readonly state: ConnectionState;
  /** Calls `listener` at each change of state. Returns the function that ends it. */
  onStateChange(listener: (state: ConnectionState) => void): () => void;
  /**
   * A typed client: `bus.client(OrderService).placeOrder({ … })`. It is Connect's `Client`; streams take a shorter way
   * than through Connect's own, and a loop over one that is left early cancels the call at once.
   */
  client<S extends DescService>(service: S, options?: TransportOptions): Client<S>;
  /** Connect's transport, for whatever takes one: `createClient(OrderService, bus.transport())`. */
  transport(options?: TransportOptions): Transport;
  /**
   * Makes a unary call with bytes in and bytes out.
   *
   * @throws ConnectError: the worker's own, or one of the bus (docs/errors.md).
   */
  callUnary(call: UnaryCall): Promise<UnaryReply>;
  /** Opens a stream with bytes in and bytes out, by callbacks. It serves unary methods too. */
  openStream(call: RawStreamCall, listener: RawStreamListener): RawStream;
  /**
   * Serves services: compares their contracts with those of the fleet, subscribes, announces them, answers discovery.
   * Then handles events. Resolves when calls and events arrive.
   *
   * @throws TypeError for options that cannot be used; ConnectError CONTRACT_BROKEN (FAILED_PRECONDITION) when a contract
   * breaks that of the fleet, with a `google.rpc.PreconditionFailure` that has each change; ConnectError when the
   * broker or JetStream does not answer, or a stream is missing.
   */
  serve(options: EventWorkerOptions): Promise<Worker>;
  /** Whether anybody serves the service of this full name now: an instance answers first, or the broker that there is none. */
  served(service: string): Promise<boolean>;
  /** Ids of the instances that serve `service` now. Takes some 100 ms: it waits until nobody else answers. */
  instances(service: DescService): Promise<readonly string[]>;
  /**
   * What every instance says it has counted (`$SRV.STATS`), in order of service and instance; of one service, or of all,
   * micro services that are not Busline's among them. Takes some 200 ms: it waits until nobody else answers. An instance whose
   * event loop is blocked is left out.
   */
  stats(service?: string): Promise<readonly ServiceStats[]>;
  /**
   * Calls every instance of a service at once and waits for each of them, at most until the deadline.
   *
   * @throws ConnectError NO_RESPONDERS (UNAVAILABLE) when there is none. Errors of single instances are in the result.
   */
  gather<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options?: CallOptions,
  ): Promise<Gathered<O>[]>;
  /**
   * Sends a request that nobody answers: one instance runs it, if there is one that takes it. Nothing tells whether it
   * arrived; what must not be lost is an event.
   *
   * @throws ConnectError MESSAGE_TOO_LARGE, DISCONNECTED, or INVALID_ARGUMENT for metadata that cannot travel.
   */
  notify<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options?: Pick<CallOptions, 'headers' | 'timeoutMs'>,
  ): void;
  /** Opens typed state in JetStream KV. */
  openStore<S extends DescMessage>(options: StoreOptions<S>): Promise<Store<S>>;
  /**
   * Durable calls of a method: stored before anything is promised, and run until they have an outcome.
   *
   * @throws TypeError for a method without the option `busline.durable.v1.method`.
   */
  durable<I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>): DurableClient<I, O>;
  /** Durable calls as bytes, and whatever has become of them: for those who do not know the methods, as the edge. */
  readonly operations: Operations;
  /**
   * Publishes an event and waits until the broker has stored it. It is sent again with the same id while an
   * acknowledgement may still come: through elections, and a connection that was lost.
   *
   * @throws TypeError for a message that is no event; ConnectError NO_STREAM, STREAM_FULL, MESSAGE_TOO_LARGE,
   * INVALID_MESSAGE, JETSTREAM_OFF, or DEADLINE when nobody knows whether it is stored.
   */
  readonly publish: Events['publish'];
  /**
   * Has an event published again and again: `bus.schedule(ReportDueSchema, { name: 'nightly', cron: '0 2 * * *' }, {})`.
   * Every instance of a worker may say so at its start: a schedule that is there and the same is left as it is, one that
   * differs is replaced. Each event has the id `<name>:<moment of the next one>`.
   *
   * @returns what became of it: `made`, `replaced` or `kept`.
   * @throws TypeError for a message that is no event, a name or a timing that cannot be used; ConnectError
   * SCHEDULES_UNSUPPORTED, or as `publish` does: EVENT_REFUSED for a cron expression that the broker does not know.
   */
  readonly schedule: Events['schedule'];
  /** Ends a schedule; false when there is none. What it fired already is still published. */
  readonly unschedule: Events['unschedule'];
  /** The schedules there are, by name. */
  readonly schedules: Events['schedules'];
  /** Takes back an event that `publish` was given `at` or `afterMs` for; false when its time had come, or it never was. */
  readonly cancelDelayed: Events['cancelDelayed'];
  /**
   * Publishes many events with a window, in order within a key. Resolves when the last is stored.
   *
   * @throws the first failure of an event, as `publish` does, once nothing is on its way any more. Events after it
   * in the same window may be stored; none after the window is sent.
   */
  readonly publishAll: Events['publishAll'];
  /**
   * Checks an event and makes it bytes, to be published later, perhaps by another process: what an outbox keeps. It
   * carries the trace of the handler it is made in.
   *
   * @throws TypeError for a message that is no event; ConnectError INVALID_MESSAGE.
   */
  readonly prepareEvent: Events['prepareEvent'];
  /** Publishes such an event as `publish` does. */
  readonly publishPrepared: Events['publishPrepared'];
  /**
   * Reads events without a consumer: what is stored, in the order of its stream, and with `follow` what comes. Nothing is
   * left at the broker, and a slow reader holds one batch (1 MiB). Places that are gone are told as gaps. It begins anew by
   * itself after a lost connection or a restarted broker, and ends with its signal, with the loop over it, or with the bus.
   *
   * @throws TypeError for options that do not go together; ConnectError NO_STREAM, JETSTREAM_OFF, FAILED_PRECONDITION for
   * a stream without direct access; UNAVAILABLE when the broker is away at the beginning, or for 15 s without `follow`.
   */
  readonly readEvents: Events['readEvents'];
  /**
   * The contract of an event as it was announced last, by whoever handles it or applied its stream; undefined when it never
   * was. At most a second old.
   */
  readonly findEvent: Events['findEvent'];
  /** Follows what events there are, by the contracts that were announced. Resolves when the first ones have been told. */
  watchEventTypes(onChange: (types: EventTypes) => void): Promise<RegistryWatch>;
  /** Works with events that consumers could not handle. */
  readonly deadLetters: DeadLetters;
  /** Looks after the consumers of events: how they are getting on, pause and resume, replay. */
  readonly consumers: ConsumerAdmin;
  /** Compares the broker's streams with the contracts of events. Nothing is changed. */
  readonly planStreams: Events['planStreams'];
  /**
   * Makes the changes of a plan; those that lose something only with `destructive`. What durable calls are kept in, and
   * the registry, get as many copies as the plan says.
   */
  readonly applyStreams: Events['applyStreams'];
  /** What this process and others tell of what they do, for those who keep or export it. */
  readonly telemetry: BusTelemetry;
  /** Follows what services there are. Resolves when the first catalog has been told. */
  watchCatalog(onChange: (catalog: Catalog) => void): Promise<CatalogWatch>;
  /**
   * Has `work` done when the bus drains: after the workers have stopped, before the connection closes. Returns the
   * function that takes it back.
   */
  onDrain(work: () => Promise<void>): () => void;
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
  return await joinBus(completeOptions(options));
}

/** The same with options that are complete: for the broker inside a test, which is reached by no address. */
export async function joinBus(options: CompleteOptions): Promise<Bus> {
  const connection = await openConnection(options);
  const hub = createStreamHub(connection);
  return createBus(connection, hub, createCaller(connection, hub));
}

function createBus(connection: Connection, hub: StreamHub, caller: Caller): Bus {
  const { subjects } = connection;
  const streams = createStreamTable(connection, hub);
  const direct = createDirectCalls(connection);
  const held = createHeldCalls(connection, streams, direct);
  const events = createEvents(connection);
  const durable = createDurableWork(connection);
  const workers = new Set<Worker>();
  const watches = new Set<RegistryWatch>();
  const drainWork = new Set<() => Promise<void>>();
  let draining: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    await Promise.all([...workers].map((worker) => worker.stop()));
    await Promise.all([...drainWork].map((work) => work()));
    await Promise.all([...watches].map((watch) => watch.stop()));
    await events.leave();
    await Promise.all([caller.idle(), events.idle(), durable.idle()]);
    held.close();
    await connection.close();
  };

  const leave = (): Promise<void> => {
    draining ??= drain();
    return draining;
  };

  return {
    instance: connection.instance,
    get state() {
      return connection.state;
    },
    onStateChange: (listener) => connection.onStateChange(listener),
    client: (service, options) => busClient(service, createTransport(caller, subjects, options)),
    transport: (options) => createTransport(caller, subjects, options),
    callUnary: (call) =>
      new Promise((resolve, reject) => {
        const subject = subjects.method(call.service, call.method);
        caller.unary(
          { ...call, subject, identity: call.identity && encodeIdentity(call.identity) },
          { onError: reject, onReply: (body, head) => resolve(new RawReply(body, head)) },
        );
      }),
    openStream: (call, listener) => openRawStream({ caller, subjects }, call, listener),
    served: (service) => caller.served(service),
    instances: (service) => caller.instances(service.typeName),
    stats: (service) => gatherStats(connection, service),
    gather: (method, request, options = {}) =>
      gather({
        method,
        instances: () => caller.instances(method.parent.typeName),
        async call(instance) {
          const transport = createTransport(caller, subjects, { instance });
          const { signal, timeoutMs, headers } = options;
          return (await transport.unary(method, signal, timeoutMs, headers, request)).message;
        },
      }),
    notify(method, request, options = {}) {
      const scope = callScope.getStore();
      const head = encodeRequestHead({
        timeoutMs: options.timeoutMs ?? caller.timeoutMs,
        traceparent: scope?.traceparent,
        tracestate: scope?.tracestate,
        metadata: options.headers === undefined ? undefined : new Headers(options.headers),
      });
      caller.notify(
        subjects.method(method.parent.typeName, method.name),
        messageCodec(method.input).encode(create(method.input, request)),
        head,
      );
    },
    async serve(options) {
      const worker = await openEventWorker(
        { connection, held, streams, direct },
        { events, durable },
        options,
      );
      workers.add(worker);
      return worker;
    },
    openStore: (options) =>
      openStore(connection, options, {
        publisher: { prepare: events.prepareEvent, send: events.publishPrepared },
        onDrain: (work) => drainWork.add(work),
      }),
    telemetry: createBusTelemetry({
      connection,
      served: () => [...workers].flatMap((worker) => worker.stats()),
      callsUnderWay: () => caller.underWay,
      consumers: events.consumers,
      deadLetters: events.deadLetters,
    }),
    durable: (method) => createDurableClient(durable.operations, method),
    operations: durable.operations,
    publish: events.publish,
    publishAll: events.publishAll,
    schedule: events.schedule,
    unschedule: events.unschedule,
    schedules: events.schedules,
    cancelDelayed: events.cancelDelayed,
    prepareEvent: events.prepareEvent,
    publishPrepared: events.publishPrepared,
    onDrain(work) {
      drainWork.add(work);
      return () => drainWork.delete(work);
    },
    deadLetters: events.deadLetters,
    consumers: events.consumers,
    readEvents: events.readEvents,
    findEvent: events.findEvent,
    planStreams: events.planStreams,
    async applyStreams(plan, options) {
      const applied = await events.applyStreams(plan, options);
      if (plan.replicas > 1) {
        await durable.replicate(plan.replicas);
        await replicateRegistry(connection, plan.replicas);
      }
      return applied;
    },
    async watchEventTypes(onChange) {
      const watch = await events.watchEventTypes(onChange);
      watches.add(watch);
      return watch;
    },
    async watchCatalog(onChange) {
      const watch = await watchCatalog(connection, onChange);
      watches.add(watch);
      return watch;
    },
    drain: leave,
    [Symbol.asyncDispose]: leave,
  };
}
