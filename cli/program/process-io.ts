import { spawn } from 'node:child_process';
import type { WriteStream } from 'node:tty';
import { ExitCode } from './exit-code.ts';
import type { ProgramIo, Sink } from './program-io.ts';

/** The streams, environment and signals of this process. */
export function processIo(): ProgramIo {
  return {
    stdin: process.stdin,
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    env: process.env,
    directory: process.cwd(),
    signal: watchInterrupts(),
    inBackground(args) {
      const program = process.argv[1] ?? '';
      spawn(process.execPath, [program, ...args], { detached: true, stdio: 'ignore' }).unref();
    },
  };
}

function sinkOf(stream: WriteStream): Sink {
  // Whoever reads has read enough, as `head` does.
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    write: (data) => stream.write(data),
    drained: () =>
      new Promise((resolve) => (stream.writableNeedDrain ? stream.once('drain', resolve) : resolve())),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
  };
}

/** Aborts at the first Ctrl-C, hang-up or request to end; the second ends the process at once. */
function watchInterrupts(): AbortSignal {
  const abort = new AbortController();
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(ExitCode.interrupted);
    abort.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return abort.signal;
}
