import { findFreePort, isPortFree } from '../process/free-port.ts';

/** How many ports above the wanted one are tried. */
const TRIES = 50;

export interface ChoosePortOptions {
  /** Ports that are promised to others, on which nothing listens yet. */
  readonly promised?: readonly number[];
  /** Default: whether one can listen there. */
  readonly isFree?: (port: number) => Promise<boolean>;
}

/**
 * The wanted port, or the next one above it that is free. 0 wants any free port.
 *
 * @throws Error when none of the next 50 is free.
 */
export async function choosePort(wanted: number, options: ChoosePortOptions = {}): Promise<number> {
  const { promised = [], isFree = isPortFree } = options;
  if (wanted === 0) return await findFreePort();
  const last = Math.min(wanted + TRIES, 65_535);
  for (let port = wanted; port <= last; port++) {
    if (!promised.includes(port) && (await isFree(port))) return port;
  }
  throw new Error(`no port from ${wanted} to ${last} is free on 127.0.0.1`);
}
