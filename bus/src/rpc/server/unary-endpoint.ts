import type { DescMethodUnary } from '@bufbuild/protobuf';
import type { Msg } from '@nats-io/nats-core';
import type { BundleRoute, Bundling } from '../../connection/outbox.ts';
import { headerBlock, replySubjectOf } from '../../connection/raw-message.ts';
import { fault, faultReason } from '../../errors/fault.ts';
import { readBundle } from '../../wire/bundle.ts';
import { bundledReplyAddress, bundledRequestsAddress, streamReplySubject } from '../../wire/inbox.ts';
import { readRequestEnvelope } from '../../wire/request.ts';
import { createCallObserver } from './call-observer.ts';
import type { Endpoint, EndpointContext, EndpointInit } from './endpoint.ts';
import { createIntroductions } from './introductions.ts';
import { sendLargeReply } from './large-reply.ts';
import { ServerCall } from './server-call.ts';
import { streamAcceptor } from './stream-endpoint.ts';
import { type JobHost, UnaryJob } from './unary-job.ts';
import { unaryMethod } from './unary-method.ts';

/** A request, whether it came alone or in a bundle. */
interface ArrivedRequest {
  readonly replySubject: string;
  readonly head: Uint8Array | undefined;
  readonly body: Uint8Array;
  /** How its reply may travel; undefined for a caller that reads no bundles. */
  readonly route: Bundling | undefined;
}

const emptyBody = new Uint8Array(0);

/** Serves a unary method: single requests, bundles of them, and those too large for one message, which are streams. */
export function openUnaryEndpoint(context: EndpointContext, init: EndpointInit<DescMethodUnary>): Endpoint {
  const { connection, held, streams, board, options } = context;
  const { subjects, log } = connection;
  const service = init.method.parent.typeName;
  const method = unaryMethod(init.method, init.handler, options.interceptors);
  const observer = createCallObserver(connection, init.method);
  const introductions = createIntroductions();
  const acceptStream = streamAcceptor(context, init, observer);

  const host: JobHost = {
    log,
    withdraw: (job) => board.withdraw(job),
    ended: (job, ran) => board.ended(job, ran),
    replyLarge(job, body, head) {
      const size = body.length + (head === undefined ? 0 : head.length);
      if (size <= connection.maxPayloadBytes) return undefined;
      const subject = streamReplySubject(job.replySubject);
      if (subject === undefined) return undefined;
      if (body.length > options.maxMessageBytes) throw replyTooLarge(body.length, options.maxMessageBytes);
      return sendLargeReply({
        streams,
        subject,
        head,
        body,
        maxPacketBytes: () => connection.maxPayloadBytes,
        connected: () => connection.state !== 'disconnected' && connection.state !== 'closed',
        sendPacket: (to, packet, reply) => connection.publishPayload(to, packet, reply),
        onOver: () => job.onReplied(),
      });
    },
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
  };
  const accept = ({ replySubject, head, body, route }: ArrivedRequest): void => {
    // The network may repeat a message; the call runs already.
    if (held.has(replySubject)) return;
    const envelope = readRequestEnvelope(head);
    const receivedAtMs = performance.now();
    const timeoutMs = envelope.timeoutMs ?? options.timeoutMs;
    const request = { method: init.method, replySubject, head, body, envelope, receivedAtMs, timeoutMs };
    const call = new ServerCall(request, observer.arrives(envelope, receivedAtMs));
    if (envelope.windowBytes !== undefined) {
      acceptStream(call, envelope.windowBytes);
      return;
    }
    const job = new UnaryJob(host, { method, observer, call, replyBundling: route });
    const stranger = route !== undefined && introductions.isNew(route.route.subject);
    board.enter(job, timeoutMs, receivedAtMs);
    if (stranger) held.introduce(replySubject);
  };
  const onRequest = (message: Msg): void => {
    const replySubject = replySubjectOf(message);
    const address = bundledReplyAddress(replySubject);
    const route = address && { route: replyRoute(address.subject), number: address.number };
    accept({ replySubject, head: headerBlock(message), body: message.data ?? emptyBody, route });
  };
  const onBundle = (message: Msg): void => {
    const address = bundledRequestsAddress(replySubjectOf(message));
    if (address === undefined) {
      log.warn({ method: init.method.name }, 'a bundle of requests without a reply subject was dropped');
      return;
    }
    const route = replyRoute(address.bundledReplies);
    readBundle(message.data, (number, head, body) => {
      // One item that fails must not cost the rest of its bundle.
      try {
        accept({ replySubject: `${address.inbox}.${number}`, head, body, route: { route, number } });
      } catch (error) {
        log.error({ err: error, method: init.method.name }, 'a request could not be accepted');
      }
    });
  };

  const subject = subjects.method(service, init.method.name);
  const bundleSubject = subjects.bundle(service, init.method.name);
  return {
    method: init.method,
    subject,
    subscriptions: [
      connection.subscribe(subject, onRequest, options.queueGroup),
      connection.subscribe(bundleSubject, onBundle, options.queueGroup),
    ],
    stopDirect: context.direct.serve(`${service}.${init.method.name}`, onRequest),
    stats: () => observer.stats(),
  };
}

function replyTooLarge(sizeBytes: number, maxBytes: number) {
  return fault('MESSAGE_TOO_LARGE', {
    message: `a message of ${sizeBytes} bytes is over the limit of ${maxBytes}`,
    facts: { sizeBytes: String(sizeBytes), maxBytes: String(maxBytes) },
  });
}

/** Replies have one receiver: the caller. */
function replyRoute(subject: string): BundleRoute {
  return { subject, receivers: () => 1 };
}
