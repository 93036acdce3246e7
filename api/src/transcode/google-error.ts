import type { JsonValue, Registry } from '@bufbuild/protobuf';
import { codeTable } from '@busline/bus/errors';
import type { ConnectError } from '@connectrpc/connect';
import { anyJson, publicError } from './problem.ts';

/** The body of an error as Google's APIs write it (AIP-193, "HTTP/1.1+JSON representation"). */
export interface GoogleError {
  readonly error: {
    /** The HTTP status, not the number of the code. */
    readonly code: number;
    readonly message: string;
    /** Canonical name of the code, `NOT_FOUND`. */
    readonly status: string;
    readonly details?: readonly JsonValue[];
  };
}

/** Describes an error to a REST client as AIP-193 has it. What is hidden in a problem is hidden here too. */
export function googleErrorOf(
  error: ConnectError,
  context: { readonly status?: number | undefined; readonly registry?: Registry | undefined },
): GoogleError {
  const meaning = codeTable[error.code];
  const { text, details } = publicError(error, context.registry);
  return {
    error: {
      code: context.status ?? meaning.httpStatus,
      message: text,
      status: meaning.name,
      ...(details.length > 0 && { details: details.map(anyJson) }),
    },
  };
}
