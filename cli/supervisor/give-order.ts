import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
}

/** Longer than a worker's drain time, 25 s, and its start together. */
const answerTimeoutMs = 90_000;

/**
 * Has the supervisor of the system that runs here do something. Resolves with what runs then.
 *
 * @throws CommandFailure when none runs, or it refuses.
 */
export async function giveOrder(
  { settings: { session }, directory, output, traceApi, signal }: CommandContext,
  order: object,
): Promise<readonly RunningProcess[]> {
  if (session?.controlSocket === undefined) {
    throw new CommandFailure({
      code: 'NO_SUPERVISOR',
      exitCode: ExitCode.noConnection,
      what: 'no system runs here that could be asked',
      why:
        session === undefined
          ? `neither ${directory} nor a folder above it has a .busline/session.json of a supervisor that runs`
          : `the one of process ${session.supervisorPid} takes no orders: it is of an older version`,
      hint: 'busline start runs one; elsewhere use what runs your processes, such as kubectl scale',
      docs: 'docs/cli.md#run',
    });
  }
  const line = JSON.stringify(order);
  if (traceApi) output.note(`> ${session.controlSocket} ${line}`);
  const socket = connect(session.controlSocket);
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      const lines = createInterface({ input: socket });
      lines.once('line', resolve);
      lines.once('close', () => reject(unanswered('the supervisor ended the connection')));
      socket.once('error', (error) => reject(unanswered(error.message)));
      socket.setTimeout(answerTimeoutMs, () =>
        reject(unanswered(`it did not answer within ${answerTimeoutMs / 1_000} s`)),
      );
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      socket.write(`${line}\n`);
    });
    if (traceApi) output.note(`< ${answer}`);
    const outcome = JSON.parse(answer) as { ok: boolean; error?: string; processes?: RunningProcess[] };
    if (outcome.ok) return outcome.processes ?? [];
    throw new CommandFailure({
      code: 'ORDER_REFUSED',
      exitCode: outcome.error?.startsWith('there is no') ? ExitCode.notFound : ExitCode.failure,
      what: outcome.error ?? 'the supervisor refused',
      hint: 'busline ps shows what serves; logs are in .busline/logs',
    });
  } finally {
    socket.destroy();
  }
}

function unanswered(why: string): CommandFailure {
  return new CommandFailure({
    code: 'NO_SUPERVISOR',
    exitCode: ExitCode.noConnection,
    what: 'the supervisor of the system that runs here did not answer',
    why,
    hint: 'start it again: busline start',
  });
}
