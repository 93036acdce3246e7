/** How long a step may be silent: below this a person does not wonder yet. */
export const QUIET_MS = 2_000;

/** Runs `work`; while it takes longer than two seconds, reports what is being waited for, every two seconds. */
export async function withHeartbeat<T>(
  describe: (elapsedSeconds: number) => string,
  report: (text: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const timer = setInterval(
    () => report(describe(Math.round((performance.now() - started) / 1000))),
    QUIET_MS,
  );
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
