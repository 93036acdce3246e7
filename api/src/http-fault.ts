import { Code, ConnectError } from '@connectrpc/connect';

/** A fault in how HTTP is used, with the status HTTP has for it. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly status: number;
  /** Fields that HTTP asks for with the status, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The same fault for a protocol that answers with codes. */
  readonly connectError: ConnectError;

  constructor(status: number, connectError: ConnectError, headers: Readonly<Record<string, string>> = {}) {
    super(connectError.message);
    this.status = status;
    this.headers = headers;
    this.connectError = connectError;
  }
}

/** 404: nothing answers at the path (RFC 9110, section 15.5.5). */
export function notFound(path: string): HttpFault {
  const message = `nothing answers at ${path}: no running worker has announced such a method`;
  return new HttpFault(404, new ConnectError(message, Code.Unimplemented));
}

/** 405 (RFC 9110, section 15.5.6). */
export function wrongMethod(method: string, allow: readonly string[]): HttpFault {
  const allowed = allow.join(', ');
  const message = `${method} is not possible here; use ${allowed}`;
  return new HttpFault(405, new ConnectError(message, Code.Unimplemented), { allow: allowed });
}

/** 413 (RFC 9110, section 15.5.14). */
export function tooLarge(maxBytes: number, what = 'the request body'): HttpFault {
  const message = `${what} is larger than the limit of ${maxBytes} bytes`;
  return new HttpFault(413, new ConnectError(message, Code.ResourceExhausted), { connection: 'close' });
}

/** 415, naming what is taken instead (RFC 9110, section 15.5.16; Accept-Post: W3C LDP, section 7.1). */
export function unsupportedType(contentType: string | undefined, accepted: readonly string[]): HttpFault {
  const list = accepted.join(', ');
  const given = contentType === undefined ? 'no content type is given' : 'the content type is not supported';
  const error = new ConnectError(`${given}; use ${list}`, Code.InvalidArgument);
  return new HttpFault(415, error, { 'accept-post': list });
}

/** 415 for a content coding (RFC 9110, section 12.5.3). */
export function unsupportedEncoding(accepted: readonly string[]): HttpFault {
  const list = accepted.join(', ');
  const error = new ConnectError(`the content encoding is not supported; use ${list}`, Code.Unimplemented);
  return new HttpFault(415, error, { 'accept-encoding': list });
}

/** 400: the request target is not a valid URI (RFC 3986, section 2.1). */
export function malformedPath(): HttpFault {
  const message = 'the path is not percent-encoded: each "%" must be followed by two hexadecimal digits';
  return new HttpFault(400, new ConnectError(message, Code.InvalidArgument));
}

/** The client went away in the middle of its request; nobody is left to read the answer, but the log is. */
export function incompleteBody(): ConnectError {
  return new ConnectError('the request body ended before it was complete', Code.Canceled);
}

/** 505: what is asked for needs both sides to talk at once, or trailers (RFC 9110, section 15.6.6). */
export function httpVersionNeeded(what: string): HttpFault {
  const error = new ConnectError(`${what} needs HTTP/2`, Code.Unimplemented);
  return new HttpFault(505, error, { connection: 'close' });
}
