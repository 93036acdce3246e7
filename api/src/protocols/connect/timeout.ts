import { Code, ConnectError } from '@connectrpc/connect';

/**
 * Reads Connect-Timeout-Ms (Connect protocol, "Timeout"): at most ten digits.
 *
 * @throws ConnectError INVALID_ARGUMENT
 */
export function parseTimeout(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[0-9]{1,10}$/.test(value)) {
    throw new ConnectError(
      'connect-timeout-ms must be a number of milliseconds with at most 10 digits',
      Code.InvalidArgument,
    );
  }
  return Number(value);
}
