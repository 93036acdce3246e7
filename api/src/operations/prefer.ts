/** What a caller prefers about the answer (RFC 7240), as far as the edge knows it. */
export interface Preference {
  /** An operation at once, or after `waitMs`, rather than the outcome. */
  readonly respondAsync: boolean;
  /** How long the caller is ready to wait, in milliseconds. */
  readonly waitMs: number | undefined;
}

/**
 * Reads a `Prefer` field: preferences in any order, the first of a name counting, unknown and malformed ones passed over
 * (RFC 7240, section 2).
 */
export function readPrefer(field: string | undefined): Preference {
  let respondAsync = false;
  let waitMs: number | undefined;
  for (const item of (field ?? '').split(',')) {
    const [name = '', value = ''] = (item.split(';')[0] as string).split('=').map((part) => part.trim());
    if (name.toLowerCase() === 'respond-async') respondAsync = true;
    if (name.toLowerCase() !== 'wait' || waitMs !== undefined) continue;
    const seconds = /^"?([0-9]{1,7})"?$/.exec(value)?.[1];
    if (seconds !== undefined) waitMs = Number(seconds) * 1000;
  }
  return { respondAsync, waitMs };
}
