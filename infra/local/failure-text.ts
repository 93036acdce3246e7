const MAX_LINES = 12;

/**
 * What a person needs from the output of a process that failed: its error, without the stack frames inside Node and
 * without log lines below `error`. Empty when it wrote nothing of the kind.
 */
export function failureText(output: string): string {
  const lines = output
    .split('\n')
    .map(readLine)
    .filter((line) => line !== undefined)
    .filter((line) => !/^\s*at .*(node:|node_modules)|^Node\.js v/.test(line));
  while (lines[0]?.trim() === '') lines.shift();
  while (lines.at(-1)?.trim() === '') lines.pop();
  const shown = lines.slice(0, MAX_LINES);
  if (lines.length > MAX_LINES) shown.push(`… ${lines.length - MAX_LINES} more lines`);
  return shown.join('\n');
}

/** pino's numbers: error is 50, fatal 60. */
const ERROR_LEVEL = 50;

/** A log line becomes its message, or nothing if it is no error; other text stays as it is. */
function readLine(line: string): string | undefined {
  if (!line.startsWith('{')) return line;
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof entry !== 'object' || entry === null) return line;
  const { level, msg, err } = entry as { level?: unknown; msg?: unknown; err?: unknown };
  if (typeof level !== 'number' || level < ERROR_LEVEL) return undefined;
  const cause = typeof err === 'object' && err !== null && 'message' in err ? String(err.message) : undefined;
  const message = typeof msg === 'string' ? msg : undefined;
  return [message, cause].filter((part, index, all) => part && all.indexOf(part) === index).join(': ');
}
