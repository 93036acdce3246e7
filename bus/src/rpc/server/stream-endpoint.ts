import type { Msg } from '@nats-io/nats-core';
import { headerBlock, replySubjectOf } from '../../connection/raw-message.ts';
import { fault, faultReason } from '../../errors/fault.ts';
import { encodeErrorReply } from '../../wire/reply.ts';
import { readRequestEnvelope } from '../../wire/request.ts';
import { type CallObserver, createCallObserver } from './call-observer.ts';
import type { Endpoint, EndpointContext, EndpointInit } from './endpoint.ts';
import { ServerCall } from './server-call.ts';
import { type StreamHost, StreamJob } from './stream-job.ts';
import { streamMethod } from './stream-method.ts';

/** Serves a streaming method. */
export function openStreamEndpoint(context: EndpointContext, init: EndpointInit): Endpoint {
  const { connection, options } = context;
  const observer = createCallObserver(connection, init.method);
  const accept = streamAcceptor(context, init, observer);
  const subject = connection.subjects.method(init.method.parent.typeName, init.method.name);

  const onOpening = (message: Msg): void => {
    const head = headerBlock(message);
    const envelope = readRequestEnvelope(head);
    const replySubject = replySubjectOf(message);
    const receivedAtMs = performance.now();
    const timeoutMs = envelope.timeoutMs ?? options.timeoutMs;
    if (envelope.windowBytes === undefined) {
      if (replySubject !== '') refuse(replySubject);
      return;
    }
    const request = {
      method: init.method,
      replySubject,
      head,
      body: message.data,
      envelope,
      receivedAtMs,
      timeoutMs,
    };
    // The network may repeat a message; the call runs already.
    if (context.held.has(replySubject)) return;
    accept(new ServerCall(request, observer.arrives(envelope, receivedAtMs)), envelope.windowBytes);
  };
  const refuse = (replySubject: string): void => {
    const name = `${init.method.parent.typeName}/${init.method.name}`;
    const error = fault('MALFORMED_REQUEST', { message: `${name} streams: a call of it must open a stream` });
    const { head, body } = encodeErrorReply(error, 'never-started');
    connection.publish(replySubject, body, head);
  };
  return {
    method: init.method,
    subject,
    subscriptions: [connection.subscribe(subject, onOpening, options.queueGroup)],
    stopDirect: context.direct.serve(`${init.method.parent.typeName}.${init.method.name}`, onOpening),
    stats: () => observer.stats(),
  };
}

/** Takes calls in whose messages come as a stream. */
export function streamAcceptor(
  context: EndpointContext,
  { method: descriptor, handler }: EndpointInit,
  observer: CallObserver,
): (call: ServerCall, creditBytes: number) => void {
  const { connection, streams, board, options } = context;
  const method = streamMethod(descriptor, handler, options.interceptors);
  const unlessDisconnected = (subject: string, publish: () => void): void => {
    try {
      publish();
    } catch (error) {
      if (faultReason(error) !== 'DISCONNECTED') throw error;
      connection.log.debug(
        { subject },
        'a packet was not sent: the connection is down, and the caller knows',
      );
    }
  };
  const host: StreamHost = {
    log: connection.log,
    streams,
    windowBytes: options.windowBytes,
    maxMessageBytes: options.maxMessageBytes,
    get maxPayloadBytes() {
      return connection.maxPayloadBytes;
    },
    get connected() {
      return connection.state !== 'disconnected' && connection.state !== 'closed';
    },
    sendPacket: (subject, packet, reply) =>
      unlessDisconnected(subject, () => connection.publishPayload(subject, packet, reply)),
    replyError(subject, error, fate) {
      const { head, body } = encodeErrorReply(error, fate);
      unlessDisconnected(subject, () => connection.publish(subject, body, head));
    },
    ended: (job, ran) => board.ended(job, ran),
    withdraw: (job) => board.withdraw(job),
  };
  return (call, creditBytes) => {
    const job = new StreamJob(host, { method, observer, call, creditBytes });
    board.enter(job, call.request.timeoutMs, call.request.receivedAtMs);
  };
}
