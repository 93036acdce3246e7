import type { DescMethodUnary } from '@bufbuild/protobuf';
import type { Msg, Subscription } from '@nats-io/nats-core';
import type { Connection } from '../../connection/connection.ts';
import { createDeadlineQueue } from '../../connection/deadline-queue.ts';
import type { BundleRoute, Bundling } from '../../connection/outbox.ts';
import { headerBlock, replySubjectOf } from '../../connection/raw-message.ts';
import { faultReason } from '../../errors/fault.ts';
import { readBundle } from '../../wire/bundle.ts';
import { bundledReplyAddress, bundledRequestsAddress } from '../../wire/inbox.ts';
import { readRequestEnvelope } from '../../wire/request.ts';
import { createAdmission } from './admission.ts';
import type { HeldCalls } from './held-calls.ts';
import type { Handler, ServiceBinding } from './implement.ts';
import { createIntroductions } from './introductions.ts';
import { createMethodRecorder, type MethodRecorder, type MethodStats } from './method-stats.ts';
import { ServerCall } from './server-call.ts';
import { type JobHost, UnaryJob } from './unary-job.ts';
import { type UnaryMethod, unaryMethod } from './unary-method.ts';

/** One service as served by this process: its subscriptions, its limit, its numbers. */
export interface ServiceServer {
  readonly binding: ServiceBinding;
  /** What is served: methods that have a handler. */
  readonly endpoints: readonly Endpoint[];
  readonly running: number;
  readonly waiting: number;
  /** Takes no more calls; resolves when the broker has confirmed that none is on its way. */
  stopIntake(): Promise<void>;
  /** Resolves when the last accepted call has ended. */
  idle(): Promise<void>;
  /** Answers for whatever is still under way and tells the handlers to stop. */
  abandon(): void;
  close(): void;
}

export interface Endpoint {
  readonly method: DescMethodUnary;
  readonly subject: string;
  stats(): MethodStats;
}

/** A request, whether it came alone or in a bundle. */
interface ArrivedRequest {
  readonly replySubject: string;
  readonly head: Uint8Array | undefined;
  readonly body: Uint8Array;
  /** How its reply may travel; undefined for a caller that reads no bundles. */
  readonly route: Bundling | undefined;
}

const emptyBody = new Uint8Array(0);

/** Replies have one receiver: the caller. */
function replyRoute(subject: string): BundleRoute {
  return { subject, receivers: () => 1 };
}

/** Begins to serve: the subscriptions are with the broker after the connection's next flush. */
export function openServiceServer(
  connection: Connection,
  held: HeldCalls,
  binding: ServiceBinding,
): ServiceServer {
  const { subjects, ticker, log } = connection;
  const { service, options } = binding;
  const deadlines = createDeadlineQueue<UnaryJob>();
  const idleWaiters = new Set<() => void>();
  const introductions = createIntroductions();
  let underWay = 0;

  const admission = createAdmission<UnaryJob>({
    ...options,
    run: (job, nowMs) => job.start(nowMs),
    refuse: (job, waitedMs) => {
      const why =
        waitedMs === undefined
          ? `${options.maxQueue} calls wait already`
          : `it waited ${Math.round(waitedMs)} ms`;
      job.onOverload(`the worker is overloaded: ${why}; try again later`, options.pushbackMs);
    },
  });
  const host: JobHost = {
    log,
    withdraw: (job) => admission.withdraw(job),
    reply(message) {
      try {
        connection.send(message);
      } catch (error) {
        if (faultReason(error) !== 'DISCONNECTED') throw error;
        log.debug(
          { subject: message.subject },
          'a reply was not sent: the connection is down, and the caller knows',
        );
      }
    },
    ended(job, ran) {
      underWay--;
      if (job.deadline !== undefined) deadlines.remove(job.deadline);
      held.delete(job.call.request.replySubject);
      if (ran) admission.done();
      if (underWay > 0) return;
      for (const wake of idleWaiters) wake();
      idleWaiters.clear();
    },
  };

  const accept = (method: UnaryMethod, recorder: MethodRecorder, arrived: ArrivedRequest): void => {
    const { replySubject, head, body, route } = arrived;
    const envelope = readRequestEnvelope(head);
    const receivedAtMs = performance.now();
    const timeoutMs = envelope.timeoutMs ?? options.timeoutMs;
    const call = new ServerCall({
      method: method.method,
      replySubject,
      head,
      body,
      envelope,
      receivedAtMs,
      timeoutMs,
    });
    const job = new UnaryJob(host, { method, recorder, call, replyBundling: route });
    underWay++;
    job.expireBy(deadlines.add(job, timeoutMs, receivedAtMs));
    if (replySubject === '') {
      ticker.wake();
    } else {
      held.add(replySubject, job);
      if (route !== undefined && introductions.isNew(route.route.subject)) held.introduce(replySubject);
    }
    admission.offer(job, receivedAtMs);
  };

  const acceptBundle = (method: UnaryMethod, recorder: MethodRecorder, message: Msg): void => {
    const address = bundledRequestsAddress(replySubjectOf(message));
    if (address === undefined) {
      log.warn({ method: method.method.name }, 'a bundle of requests without a reply subject was dropped');
      return;
    }
    const route = replyRoute(address.bundledReplies);
    readBundle(message.data, (number, head, body) => {
      // One item that fails must not cost the rest of its bundle.
      try {
        accept(method, recorder, {
          replySubject: `${address.inbox}.${number}`,
          head,
          body,
          route: { route, number },
        });
      } catch (error) {
        log.error({ err: error, method: method.method.name }, 'a request could not be accepted');
      }
    });
  };

  const endpoints: Endpoint[] = [];
  const subscriptions: Subscription[] = [];
  for (const descriptor of service.methods) {
    const handler = binding.handler(descriptor);
    if (handler === undefined || descriptor.methodKind !== 'unary') continue;
    endpoints.push(openEndpoint(descriptor as DescMethodUnary, handler));
  }
  const broadcasts = connection.subscribe(subjects.broadcasts(service.typeName), (message) =>
    held.onBroadcast(message),
  );
  const stopTicking = ticker.add((nowMs) => {
    deadlines.expire(nowMs, (job) => job.onDeadline());
    admission.expire(nowMs);
    return underWay > 0;
  });

  function openEndpoint(descriptor: DescMethodUnary, handler: Handler): Endpoint {
    const method = unaryMethod(descriptor, handler, options.interceptors);
    const recorder = createMethodRecorder();
    const subject = subjects.method(service.typeName, descriptor.name);
    const onRequest = (message: Msg): void => {
      const replySubject = replySubjectOf(message);
      const address = bundledReplyAddress(replySubject);
      const route = address && { route: replyRoute(address.subject), number: address.number };
      accept(method, recorder, {
        replySubject,
        head: headerBlock(message),
        body: message.data ?? emptyBody,
        route,
      });
    };
    const onBundle = (message: Msg): void => acceptBundle(method, recorder, message);
    const bundleSubject = subjects.bundle(service.typeName, descriptor.name);
    subscriptions.push(connection.subscribe(subject, onRequest, options.queueGroup));
    subscriptions.push(connection.subscribe(bundleSubject, onBundle, options.queueGroup));
    return { method: descriptor, subject, stats: () => recorder.snapshot() };
  }

  return {
    binding,
    endpoints,
    get running() {
      return admission.running;
    },
    get waiting() {
      return admission.waiting;
    },
    async stopIntake() {
      const open = subscriptions.filter((subscription) => !subscription.isClosed());
      await Promise.all(open.map((subscription) => subscription.drain()));
    },
    idle() {
      if (underWay === 0) return Promise.resolve();
      return new Promise((resolve) => idleWaiters.add(resolve));
    },
    abandon() {
      deadlines.expire(Number.POSITIVE_INFINITY, (job) => job.onDrainTimeout());
    },
    close() {
      stopTicking();
      broadcasts.unsubscribe();
    },
  };
}
