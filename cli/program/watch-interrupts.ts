import { ExitCode } from './exit-code.ts';

/** Aborts its signal at the first Ctrl-C, hang-up or request to end; the second ends the process at once. */
export function watchInterrupts(): { readonly signal: AbortSignal } {
  const abort = new AbortController();
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(ExitCode.interrupted);
    abort.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return abort;
}
