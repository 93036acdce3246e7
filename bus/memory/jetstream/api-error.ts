/** What JetStream answers instead of a result (server/errors.json of nats-server). */
export class ApiError extends Error {
  readonly code: number;
  readonly errorCode: number;

  constructor(code: number, errorCode: number, description: string) {
    super(description);
    this.code = code;
    this.errorCode = errorCode;
  }

  toJson(): object {
    return { code: this.code, err_code: this.errorCode, description: this.message };
  }
}

export const streamNotFound = () => new ApiError(404, 10059, 'stream not found');
export const consumerNotFound = () => new ApiError(404, 10014, 'consumer not found');
export const messageNotFound = () => new ApiError(404, 10037, 'no message found');
export const wrongLastSequence = (last: number) => new ApiError(400, 10071, `wrong last sequence: ${last}`);
export const storeFailed = (why: string) => new ApiError(503, 10077, why);

/** For what this stand-in does not do, and the server does. */
export function notHere(what: string): ApiError {
  return new ApiError(
    501,
    10_000,
    `the in-memory broker has no ${what}; test what needs it on a real one, with startNats() of @busline/bus/testing`,
  );
}
