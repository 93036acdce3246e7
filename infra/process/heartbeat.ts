/** How long a step may be silent: below this a person does not wonder yet. */
const FIRST_MS = 2_000;

/** Later it is enough to show that it goes on. */
const NEXT_MS = 10_000;

/** Runs `work`. When it takes longer than two seconds, reports what is being waited for, and again every ten seconds. */
export async function withHeartbeat<T>(
  describe: (elapsedSeconds: number) => string,
  report: (text: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const beat = () => {
    report(describe(Math.round((performance.now() - started) / 1000)));
    timer = setTimeout(beat, NEXT_MS);
  };
  let timer = setTimeout(beat, FIRST_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
