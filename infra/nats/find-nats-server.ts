import { resolve } from 'node:path';
import type { FindStep } from './find-step.ts';
import { fromCache } from './from-cache.ts';
import { fromDebian } from './from-debian.ts';
import { fromEnv, NatsServerBinError } from './from-env.ts';
import { fromGo } from './from-go.ts';
import { fromPath } from './from-path.ts';
import { fromRelease } from './from-release.ts';
import { cacheDirectory } from './server-cache.ts';
import { MINIMUM_VERSION } from './server-version.ts';

export interface FindOptions {
  /** Default `process.env`. Read: NATS_SERVER_BIN, PATH, BUSLINE_CACHE, XDG_CACHE_HOME, HOME. */
  readonly env?: NodeJS.ProcessEnv;
  /** Called for each step's outcome, and for each line of progress of a step that takes time. */
  readonly onProgress?: (event: FindEvent) => void;
  /** Gives the search up. */
  readonly signal?: AbortSignal;
  /** Default: all ways, cheapest first. */
  readonly steps?: readonly FindStep[];
}

/** One line of the search, for a log or a terminal. */
export interface FindEvent {
  readonly step: string;
  readonly kind: 'skipped' | 'progress' | 'failed' | 'found';
  readonly text: string;
}

export interface FoundServer {
  readonly path: string;
  readonly version: string;
  /** The step that found it: `NATS_SERVER_BIN`, `PATH`, `cache`, `release archive`, `Debian package`, `go install`. */
  readonly origin: string;
}

const STEPS: readonly FindStep[] = [fromEnv, fromPath, fromCache, fromRelease, fromDebian, fromGo];

/**
 * Finds a nats-server of at least 2.11, or fetches one into the cache. Callers that were given `NATS_URL` use that
 * server and do not call this.
 *
 * @throws NatsServerNotFoundError when every step failed; it lists them all.
 * @throws NatsServerBinError when NATS_SERVER_BIN is set and cannot be used.
 */
export async function findNatsServer(options: FindOptions = {}): Promise<FoundServer> {
  const env = options.env ?? process.env;
  const cacheDir = resolve(cacheDirectory(env));
  const report = options.onProgress ?? (() => {});
  const tried: TriedStep[] = [];
  const aborted = whenAborted(options.signal);
  for (const step of options.steps ?? STEPS) {
    const progress = (text: string) => report({ step: step.name, kind: 'progress', text });
    try {
      const outcome = await Promise.race([step.find({ env, cacheDir, progress }), aborted]);
      if ('path' in outcome) {
        report({ step: step.name, kind: 'found', text: `${outcome.path} (${outcome.version})` });
        return { ...outcome, origin: step.name };
      }
      tried.push({ step: step.name, why: outcome.skipped });
      report({ step: step.name, kind: 'skipped', text: outcome.skipped });
    } catch (error) {
      if (error instanceof NatsServerBinError || options.signal?.aborted) throw error;
      const why = error instanceof Error ? error.message : String(error);
      tried.push({ step: step.name, why });
      report({ step: step.name, kind: 'failed', text: why });
    }
  }
  throw new NatsServerNotFoundError(tried);
}

/** Rejects when the signal fires, and never settles otherwise. */
async function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  const never = new Promise<never>((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  signal?.throwIfAborted();
  return await never;
}

interface TriedStep {
  readonly step: string;
  readonly why: string;
}

/** No way led to a usable server. The message lists each, why it failed, and what to do. */
export class NatsServerNotFoundError extends Error {
  override readonly name = 'NatsServerNotFoundError';

  constructor(tried: readonly TriedStep[]) {
    const width = Math.max(0, ...tried.map(({ step }) => step.length));
    super(
      [
        `No usable nats-server (${MINIMUM_VERSION} or newer) was found. Tried:`,
        ...tried.map(({ step, why }) => `  ${step.padEnd(width)}  ${why}`),
        'Do one of these:',
        '  install nats-server (https://nats.io/download) so that it is on PATH',
        '  set NATS_SERVER_BIN to the path of a nats-server',
        '  set NATS_URL to the address of a running server, for example nats://127.0.0.1:4222',
      ].join('\n'),
    );
  }
}
