import { CommandFailure, type FailureParts } from './command-failure.ts';
import { ExitCode } from './exit-code.ts';

/** Errors of the bus that mean that there is nobody to talk to. */
const unreachable = new Set(['DISCONNECTED', 'JETSTREAM_OFF']);

/** For whoever forgot to start the system, and for whoever looks at another one than they think. */
const startHint = 'busline start runs one here; busline config show tells which one is used, and why';

/** Whatever a command threw, as what, why and what to do. */
export async function explainError(error: unknown): Promise<FailureParts> {
  if (error instanceof CommandFailure) return error.parts;
  const unreached = [error, error instanceof Error ? error.cause : undefined].find(isUnreached);
  if (unreached !== undefined) return explainUnreached(unreached);
  if (error instanceof Error && error.name === 'ConnectError') return await explainConnectError(error);
  const what = error instanceof Error ? error.message : String(error);
  return { code: 'FAILURE', exitCode: ExitCode.failure, what, cause: error };
}

/** Loaded when needed: whoever threw one has loaded it already, and `--help` has not. */
async function explainConnectError(error: Error): Promise<FailureParts> {
  const [{ codeTable, faultReason }, { Code, ConnectError }] = await Promise.all([
    import('@busline/bus/errors'),
    import('@connectrpc/connect'),
  ]);
  const known = ConnectError.from(error);
  const reason = faultReason(known);
  const code = reason ?? codeTable[known.code].name;
  // The bus writes "what happened; what to do".
  const [what = known.rawMessage, ...hints] =
    reason === undefined ? [known.rawMessage] : known.rawMessage.split('; ');
  if (reason === 'DISCONNECTED') hints.unshift(startHint);
  return {
    code,
    exitCode: exitCodeOf(known.code, Code, reason),
    what,
    ...(hints.length > 0 && { hint: hints.join('; ') }),
    ...(reason !== undefined && { docs: 'docs/errors.md' }),
    cause: error,
  };
}

function exitCodeOf(
  code: number,
  codes: { readonly NotFound: number; readonly DeadlineExceeded: number },
  reason: string | undefined,
): ExitCode {
  if (reason !== undefined && unreachable.has(reason)) return ExitCode.noConnection;
  if (code === codes.DeadlineExceeded) return ExitCode.deadline;
  if (code === codes.NotFound) return ExitCode.notFound;
  return ExitCode.failure;
}

/** What `fetch` throws when nobody is there. */
function isUnreached(error: unknown): error is TypeError {
  return error instanceof TypeError && error.message === 'fetch failed';
}

function explainUnreached(error: TypeError): FailureParts {
  const cause = error.cause instanceof Error ? error.cause.message : 'it does not answer';
  return {
    code: 'EDGE_UNREACHABLE',
    exitCode: ExitCode.noConnection,
    what: 'the edge cannot be reached',
    why: cause,
    hint: startHint,
    docs: 'docs/cli.md',
    cause: error,
  };
}
