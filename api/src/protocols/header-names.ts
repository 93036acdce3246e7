/**
 * Header fields that describe one HTTP message or connection, so they say nothing to the other side of the edge
 * (RFC 9110, sections 7.6.1 and 8.6). Names in lower case.
 */
const httpOnly = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'date',
];

/** Fields of a request that stay at the edge: besides those above, what negotiates the answer, and cookies. */
const requestOnly = new Set([
  ...httpOnly,
  'accept',
  'accept-charset',
  'accept-encoding',
  'cookie',
  'expect',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'origin',
  'referer',
  'range',
  'user-agent',
  // These the edge itself sends on, once it has checked them.
  'x-request-id',
  'traceparent',
  'tracestate',
  // What a client says in it could be about anyone (W3C Baggage, section 4.1).
  'baggage',
]);

/** Fields of an answer that a worker cannot set. Cookies are a matter of the edge, in both directions. */
const replyOnly = new Set([...httpOnly, 'set-cookie', 'x-request-id']);

/** `sec-…` is written by browsers; the others are reserved by the bus. */
const refusedPrefix = /^(?:sec-|bl-|nats-|trailer-|connect-)/;

/** Whether a request field may go on to the worker as metadata. */
export function isRequestMetadata(name: string): boolean {
  return !requestOnly.has(name) && !refusedPrefix.test(name);
}

/** Whether a worker may set this field of the answer. */
export function isReplyMetadata(name: string): boolean {
  return !replyOnly.has(name);
}

/**
 * A value from the bus as a field of HTTP can hold it: metadata may have control characters, a field may not (RFC 9110,
 * section 5.5), and Node.js would throw. They are percent-encoded, as gRPC does in its `grpc-message`.
 */
export function fieldValue(value: string): string {
  return notInFields.test(value) ? value.replace(notInFieldsAll, percentEncoded) : value;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for.
const notInFields = /[\u0000-\u0008\u000a-\u001f\u007f]/;
const notInFieldsAll = new RegExp(notInFields, 'g');

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
