/** What was looked at, and how it is. The names are part of what `--json` promises. */
export interface Finding {
  readonly name: string;
  /** `warn`: it works, and somebody should know. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** How to mend it. */
  readonly fix?: string;
}

export function ok(name: string, found: string): Finding {
  return { name, state: 'ok', found };
}

export function warn(name: string, found: string, fix: string): Finding {
  return { name, state: 'warn', found, fix };
}

export function fail(name: string, found: string, fix: string): Finding {
  return { name, state: 'fail', found, fix };
}
