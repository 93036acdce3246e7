import { FieldViolation } from './field-violation.ts';
import type { PathVariable } from './path-template.ts';

/**
 * What a variable captured, decoded (google/api/http.proto, "Path template syntax"): one segment wholly, several
 * segments all but `%2F`, so that the slashes between segments stay apart from slashes in them.
 *
 * @param segments raw segments of the path, as the router gives them
 * @throws FieldViolation when the text is not percent-encoded UTF-8
 */
export function captureVariable(variable: PathVariable, segments: readonly string[]): string {
  const captured = segments.slice(variable.start, variable.end);
  const raw = captured.length === 1 ? (captured[0] as string) : captured.join('/');
  if (!raw.includes('%')) return raw;
  return variable.multiSegment ? raw.split(encodedSlash).map(decodeUnlessSlash).join('') : decode(raw);
}

/** Splits so that the encoded slashes stay in the list. */
const encodedSlash = /(%2[Ff])/;

function decodeUnlessSlash(piece: string): string {
  return encodedSlash.test(piece) ? piece : decode(piece);
}

function decode(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    throw new FieldViolation('not percent-encoded UTF-8');
  }
}
