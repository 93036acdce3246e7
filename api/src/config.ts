import { defaultLimits, type EdgeLimits } from './limits.ts';

/** Settings of an edge process. */
export interface EdgeConfig {
  /** `HOST`. Default 127.0.0.1: nobody else is served until someone decides so. */
  readonly host: string;
  /** `PORT`. Default 8080; 0 takes any free port. */
  readonly port: number;
  readonly limits: EdgeLimits;
  /** `SHUTDOWN_GRACE_MS`: how long requests under way may take when the process leaves. Default 15 seconds. */
  readonly shutdownGraceMs: number;
}

/**
 * Reads the settings from environment variables: `HOST`, `PORT`, `MAX_BODY_BYTES`, `DEFAULT_DEADLINE_MS`,
 * `MAX_DEADLINE_MS`, `SHUTDOWN_GRACE_MS`. `NATS_URL` and `LOG_LEVEL` are read by the bus and the logger.
 *
 * @throws TypeError naming the variable
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): EdgeConfig {
  const { maxBodyBytes, deadline } = defaultLimits;
  const defaultMs = whole('DEFAULT_DEADLINE_MS', deadline.defaultMs, { min: 1, max: maxTimerMs });
  const maxMs = whole('MAX_DEADLINE_MS', Math.max(deadline.maxMs, defaultMs), { min: 1, max: maxTimerMs });
  if (defaultMs > maxMs) {
    throw new TypeError(
      `DEFAULT_DEADLINE_MS (${defaultMs}) must not be longer than MAX_DEADLINE_MS (${maxMs})`,
    );
  }
  return {
    host: env.HOST || '127.0.0.1',
    port: whole('PORT', 8080, { min: 0, max: 65_535 }),
    limits: {
      maxBodyBytes: whole('MAX_BODY_BYTES', maxBodyBytes, { min: 1, max: 2 ** 30 }),
      deadline: { defaultMs, maxMs },
    },
    shutdownGraceMs: whole('SHUTDOWN_GRACE_MS', 15_000, { min: 0, max: maxTimerMs }),
  };

  function whole(name: string, standard: number, { min, max }: { min: number; max: number }): number {
    const text = env[name];
    if (text === undefined || text === '') return standard;
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new TypeError(`${name} must be a whole number from ${min} to ${max}, not "${text}"`);
    }
    return value;
  }
}

/** Longest delay of a Node.js timer, about 24.8 days; a longer one would fire at once. */
const maxTimerMs = 2 ** 31 - 1;
