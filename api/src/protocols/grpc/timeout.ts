import { Code, ConnectError } from '@connectrpc/connect';

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/**
 * Reads Grpc-Timeout (gRPC over HTTP/2, "Timeout"): at most eight digits and a unit. REST, which has no deadline of its
 * own, takes it too.
 *
 * @throws ConnectError INVALID_ARGUMENT
 */
export function parseTimeout(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const match = /^([0-9]{1,8})([HMSmun])$/.exec(value);
  if (match === null) {
    throw new ConnectError(
      'grpc-timeout must be at most 8 digits and one of H, M, S, m, u, n',
      Code.InvalidArgument,
    );
  }
  return Number(match[1]) * (unitMs[match[2] as string] as number);
}
