/**
 * Names of attributes by OpenTelemetry's semantic conventions 1.45: `rpc.*`, `http.*` and `error.type` are stable there,
 * `messaging.*` is in development. What they have no name for begins with `busline.`.
 */
export const attribute = {
  rpcSystem: 'rpc.system.name',
  rpcMethod: 'rpc.method',
  rpcStatus: 'rpc.status_code',
  errorType: 'error.type',
  httpMethod: 'http.request.method',
  httpRoute: 'http.route',
  httpStatus: 'http.response.status_code',
  messagingSystem: 'messaging.system.name',
  messagingOperation: 'messaging.operation.name',
  messagingOperationType: 'messaging.operation.type',
  /** The subject without partition and key. */
  messagingTemplate: 'messaging.destination.template',
  messagingGroup: 'messaging.consumer.group.name',
  messagingMessageId: 'messaging.message.id',
  messagingBatchCount: 'messaging.batch.message_count',
  /** Stream that stored an event. */
  stream: 'busline.stream',
  /** Its place there. */
  sequence: 'busline.sequence',
  /** 1 for the first time that a consumer handles an event. */
  attempt: 'busline.attempt',
  /** Reason of an error of the bus (docs/errors.md). */
  reason: 'busline.reason',
  /** Milliseconds between the arrival of a call at its worker and the start of its handler. */
  queueMs: 'busline.queue.duration_ms',
  /** Milliseconds between an event being stored and its handler being started. */
  ageMs: 'busline.event.age_ms',
  /** Id that the edge gave a request, or took from its client. */
  requestId: 'busline.request_id',
  /** Id of a durable call. */
  operation: 'busline.operation',
} as const;

/** `rpc.system.name` of calls on the bus, and `messaging.system.name` of events on it. */
export const busSystem = 'busline';
export const messagingSystem = 'nats';
