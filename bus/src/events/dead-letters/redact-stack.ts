/** Longest stack that is kept, in characters. */
const maxLength = 4_000;

const secrets = [
  // `token=…`, `password: …`, `"apiKey":"…"`
  /((?:password|passwd|secret|token|api[_-]?key|authorization|credential)s?["']?\s*[:=]\s*)(?:bearer\s+)?["']?[^\s"',;)}]+/gi,
  // user:password@host
  /(:\/\/[^\s:/@]+:)[^\s@/]+(?=@)/g,
  /(bearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi,
];

/** Text of an error as it may be kept: without the machine's folders, and without what looks like a secret. */
export function redact(text: string): string {
  let redacted = text.slice(0, 4 * maxLength);
  for (const secret of secrets) redacted = redacted.replace(secret, '$1[redacted]');
  return redacted.slice(0, maxLength);
}

/** A stack without the folders of the machine: file, line and column stay. */
export function redactStack(stack: string): string {
  return redact(stack.replace(path, '$1$2'));
}

const path = /(^|[\s(])(?:file:\/\/)?(?:[A-Za-z]:)?(?:[\\/][^\\/\s():]+)+[\\/]([^\\/\s():]+)/gm;
