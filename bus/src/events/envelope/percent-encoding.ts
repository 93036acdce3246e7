/**
 * Values of CloudEvents headers (CloudEvents 1.0.2, HTTP binding 3.1.3.2, which the NATS binding takes over): space,
 * `"`, `%` and everything outside of U+0021 to U+007E are written as `%` and two digits per byte of UTF-8.
 */
const mustEncode = /[^\x21\x23\x24\x26-\x7e]/;
const mustEncodeAll = /[^\x21\x23\x24\x26-\x7e]+/gu;

export function percentEncode(value: string): string {
  if (!mustEncode.test(value)) return value;
  return value.replace(mustEncodeAll, (run) => {
    let encoded = '';
    for (const byte of Buffer.from(run, 'utf8'))
      encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    return encoded;
  });
}

/** The value that was encoded; undefined when the bytes between are not UTF-8. Quoted values are taken too. */
export function percentDecode(text: string): string | undefined {
  const plain = text.length > 1 && text.startsWith('"') && text.endsWith('"') ? unquote(text) : text;
  if (!plain.includes('%')) return plain;
  // A percent sign without two digits stands for itself: the sender forgot to encode it, and nothing is ambiguous.
  const bytes = plain.replace(/(%[0-9A-Fa-f]{2})+/g, (run) => {
    const decoded = Buffer.from(run.replaceAll('%', ''), 'hex');
    const asText = decoded.toString('utf8');
    return Buffer.from(asText, 'utf8').equals(decoded) ? asText : '\u0000';
  });
  return bytes.includes('\u0000') ? undefined : bytes;
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, '$1');
}
