import { followLog } from './follow-log.ts';
import { type LoggedFailure, readFailure } from './logged-failure.ts';

/** What failed since the last look: the first few, and how many more there are. */
export interface NewFailures {
  readonly failures: readonly LoggedFailure[];
  readonly more: number;
}

/** Of one process in one look: a service that fails for everybody must not scroll away what else is said. */
const MAX_SHOWN = 2;
/** Events that are tried again and were told; beyond that the oldest are told once more. */
const MAX_REMEMBERED = 256;

/**
 * Finds in the log of a process what a person should see, from now on. An event that is tried again and fails as before is
 * told once for each process that tries it; that it failed for good is something else, and is told.
 */
export function createFailureFeed(file: string, root: string): () => NewFailures {
  const look = followLog(file);
  const told = new Set<string>();

  function isNew({ attempted }: LoggedFailure): boolean {
    if (attempted === undefined) return true;
    if (told.has(attempted)) return false;
    told.add(attempted);
    const [oldest] = told;
    if (told.size > MAX_REMEMBERED && oldest !== undefined) told.delete(oldest);
    return true;
  }

  return () => {
    const failures = look()
      .map((line) => readFailure(line, root))
      .filter((failure) => failure !== undefined)
      .filter(isNew);
    return {
      failures: failures.slice(0, MAX_SHOWN),
      more: Math.max(0, failures.length - MAX_SHOWN),
    };
  };
}
