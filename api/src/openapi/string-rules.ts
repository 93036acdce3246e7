import { type Constraint, patterns } from './constraint.ts';
import type { JsonSchema } from './json-schema.ts';
import { listIn, type Rules } from './rules.ts';

/** Rules of a string. */
export function stringConstraint(rules: Rules): Constraint {
  const matching = patternsOf(rules);
  const keywords: JsonSchema = {
    ...length(rules),
    ...patterns(matching.patterns),
    ...format(rules),
    ...(rules.const !== undefined && { const: rules.const }),
    ...(rules.in !== undefined && { enum: listIn(rules.in) }),
    ...(rules.notIn !== undefined && { not: { enum: listIn(rules.notIn) } }),
  };
  return { keywords, notes: [...matching.notes, ...notes(rules)] };
}

/** JSON Schema counts characters as the rules do: by code point. */
function length(rules: Rules): JsonSchema {
  const min = rules.len ?? rules.minLen;
  const max = rules.len ?? rules.maxLen;
  return {
    ...(min !== undefined && { minLength: Number(min) }),
    ...(max !== undefined && { maxLength: Number(max) }),
  };
}

function patternsOf(rules: Rules): { patterns: string[]; notes: string[] } {
  const found: string[] = [];
  const untranslated: string[] = [];
  if (typeof rules.pattern === 'string') {
    (isEcmaPattern(rules.pattern) ? found : untranslated).push(rules.pattern);
  }
  if (typeof rules.prefix === 'string') found.push(`^${escapePattern(rules.prefix)}`);
  if (typeof rules.suffix === 'string') found.push(`${escapePattern(rules.suffix)}$`);
  if (typeof rules.contains === 'string') found.push(escapePattern(rules.contains));
  for (const [name, pattern] of Object.entries(formatPatterns)) {
    if (rules[name] === true) found.push(pattern);
  }
  return { patterns: found, notes: untranslated.map((pattern) => `Matches \`${pattern}\` (RE2).`) };
}

/** Rules are written in RE2's syntax, JSON Schema's patterns in ECMAScript's; most mean the same in both. */
function isEcmaPattern(pattern: string): boolean {
  // Escapes of RE2 that ECMAScript takes for a plain letter, or does not know.
  if (/\\[AzQECa]|\[\[:|\(\?[a-zA-Z-]+[:)]|\(\?P</.test(pattern)) return false;
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}

function escapePattern(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}/-]/g, '\\$&');
}

/** Formats that JSON Schema knows by name (draft 2020-12, Validation, section 7.3). */
const formats: Readonly<Record<string, string>> = {
  email: 'email',
  hostname: 'hostname',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  uri: 'uri',
  uriRef: 'uri-reference',
  uuid: 'uuid',
};

function format(rules: Rules): JsonSchema {
  const name = Object.keys(formats).find((candidate) => rules[candidate] === true);
  const known = name === undefined ? undefined : formats[name];
  return known === undefined ? {} : { format: known };
}

const formatPatterns: Readonly<Record<string, string>> = {
  tuuid: '^[0-9a-fA-F]{32}$',
  ulid: '^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$',
  protobufFqn: '^[A-Za-z_][A-Za-z_0-9]*(\\.[A-Za-z_][A-Za-z_0-9]*)*$',
  protobufDotFqn: '^\\.[A-Za-z_][A-Za-z_0-9]*(\\.[A-Za-z_][A-Za-z_0-9]*)*$',
};

const formatNotes: Readonly<Record<string, string>> = {
  ip: 'An IPv4 or IPv6 address.',
  address: 'A host name or an IP address.',
  ipWithPrefixlen: 'An IP address with the length of its prefix, such as 192.168.5.21/16.',
  ipv4WithPrefixlen: 'An IPv4 address with the length of its prefix, such as 192.168.5.21/16.',
  ipv6WithPrefixlen: 'An IPv6 address with the length of its prefix, such as 2001:db8::1/64.',
  ipPrefix: 'An IP prefix, such as 192.168.0.0/16.',
  ipv4Prefix: 'An IPv4 prefix, such as 192.168.0.0/16.',
  ipv6Prefix: 'An IPv6 prefix, such as 2001:db8::/48.',
  hostAndPort: 'A host and a port, such as example.com:8080.',
};

function notes(rules: Rules): string[] {
  const found = Object.entries(formatNotes).flatMap(([name, note]) => (rules[name] === true ? [note] : []));
  if (rules.wellKnownRegex === 'KNOWN_REGEX_HTTP_HEADER_NAME')
    found.push('The name of an HTTP header field.');
  if (rules.wellKnownRegex === 'KNOWN_REGEX_HTTP_HEADER_VALUE')
    found.push('The value of an HTTP header field.');
  if (typeof rules.notContains === 'string')
    found.push(`Does not contain ${JSON.stringify(rules.notContains)}.`);
  return [...found, ...byteNotes(rules, { len: 'lenBytes', min: 'minBytes', max: 'maxBytes' })];
}

/** Lengths in bytes, which JSON Schema does not count; the names of the rules differ between strings and bytes. */
export function byteNotes(rules: Rules, names: { len: string; min: string; max: string }): string[] {
  const of = (name: string, words: string): string[] =>
    rules[name] === undefined ? [] : [`${words} ${String(rules[name])} bytes.`];
  return [...of(names.len, 'Exactly'), ...of(names.min, 'At least'), ...of(names.max, 'At most')];
}
