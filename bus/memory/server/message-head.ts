const preamble = 'NATS/1.0';

/** The fields of a header block, as the broker itself reads and writes them: names as they came, the first value of each. */
export function readHead(head: Uint8Array | undefined): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (head === undefined) return fields;
  const [, ...lines] = Buffer.from(head.buffer, head.byteOffset, head.length).toString('utf8').split('\r\n');
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim();
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}

/** The header block of a message that says something about others. */
export function statusHead(
  status: string,
  fields: Readonly<Record<string, string | number>> = {},
): Uint8Array {
  return Buffer.from(`${preamble} ${status}\r\n${linesOf(fields)}\r\n`);
}

/** A header block with further fields. */
export function withFields(
  head: Uint8Array | undefined,
  fields: Readonly<Record<string, string | number>>,
): Uint8Array {
  const before =
    head === undefined
      ? `${preamble}\r\n`
      : Buffer.from(head.buffer, head.byteOffset, head.length).toString('utf8').slice(0, -2);
  return Buffer.from(`${before}${linesOf(fields)}\r\n`);
}

function linesOf(fields: Readonly<Record<string, string | number>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
