/** A warning or error in the log of a process, for the terminal. */
export interface LoggedFailure {
  /** What happened and why, such as `an event failed and will be tried again: no such sku`. */
  readonly text: string;
  /** What it was about and where in the worker's code, a line each. */
  readonly details: readonly string[];
  /** The same for each attempt of one process that fails with the same event in the same way. */
  readonly attempted?: string | undefined;
}

/** pino's numbers: warn is 40, error 50. What is fatal ends the process, and is told as its crash. */
const WARN = 40;
const FATAL = 60;

/**
 * Reads a line of a log. Undefined for whatever is no failure: text, lines below `warn`, and warnings without an error,
 * which are about settings and not about what runs.
 */
export function readFailure(line: string, root: string): LoggedFailure | undefined {
  const entry = parse(line);
  if (entry === undefined || !isObject(entry.err)) return undefined;
  const { level, msg, err } = entry;
  if (typeof level !== 'number' || level < WARN || level >= FATAL) return undefined;
  const text = [msg, err.message].filter((part) => typeof part === 'string' && part !== '').join(': ');
  const details = [placeIn(err.stack, root), about(entry), traceOf(entry)];
  return {
    text,
    details: details.filter((detail) => detail !== undefined),
    attempted: typeof entry.attempt === 'number' ? `${entry.pid} ${entry.event} ${text}` : undefined,
  };
}

/** The first line of the worker's own code, as an editor opens it. */
function placeIn(stack: unknown, root: string): string | undefined {
  if (typeof stack !== 'string') return undefined;
  for (const [, file = '', line = ''] of stack.matchAll(/(?:file:\/\/|\(|at )(\/[^\s():]+):(\d+):\d+/g)) {
    if (file.startsWith(`${root}/workers/`) && !file.includes('/node_modules/'))
      return `at ${file.slice(root.length + 1)}:${line}`;
  }
  return undefined;
}

function about({ method, event, attempt, delayMs }: Record<string, unknown>): string | undefined {
  const subject = typeof method === 'string' ? method : event;
  if (typeof subject !== 'string') return undefined;
  const count = typeof attempt === 'number' ? `, attempt ${attempt}` : '';
  const again = typeof delayMs === 'number' ? `, again in ${(delayMs / 1000).toFixed(1)} s` : '';
  return `${subject}${count}${again}`;
}

/** The bus's own lines have the header, those that a handler writes the id. */
function traceOf({ traceparent, traceId }: Record<string, unknown>): string | undefined {
  const text = typeof traceparent === 'string' ? traceparent : traceId;
  const id = typeof text === 'string' ? /^(?:00-)?([0-9a-f]{32})(?:-|$)/.exec(text)?.[1] : undefined;
  return id === undefined ? undefined : `npx busline trace show ${id}`;
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry: unknown = JSON.parse(line);
    return isObject(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
