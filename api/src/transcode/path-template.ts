/**
 * The path template of a `google.api.http` rule, as its own text (google/api/http.proto, "Path template syntax"):
 *
 *     Template  = "/" Segments [ Verb ] ;
 *     Segments  = Segment { "/" Segment } ;
 *     Segment   = "*" | "**" | Literal | Variable ;
 *     Variable  = "{" FieldPath [ "=" Segments ] "}" ;
 *     FieldPath = Ident { "." Ident } ;
 *     Verb      = ":" Literal ;
 *     Ident     = ( letter | "_" ) { letter | digit | "_" } ;
 *     Literal   = LiteralChar { LiteralChar } ;
 *     LiteralChar = unreserved | pct-encoded | sub-delims without "*" | "@" ;      (RFC 3986, section 2)
 *
 * `{x}` is `{x=*}`. A variable holds no other variable, `**` comes last (before the verb), and a field is bound once.
 */
export interface PathTemplate {
  /** The template as written. */
  readonly text: string;
  readonly segments: readonly PathSegment[];
  /** What follows the colon, percent-decoded; empty when there is none. */
  readonly verb: string;
  readonly variables: readonly PathVariable[];
}

/** One segment: `*` is exactly one, `**` any number of segments, also none. */
export type PathSegment =
  | { readonly kind: 'literal' /** Percent-decoded. */; readonly value: string }
  | { readonly kind: '*' }
  | { readonly kind: '**' };

/** What a variable captures: the segments from `start` up to `end`, or all that remain when `end` is undefined. */
export interface PathVariable {
  readonly fieldPath: readonly string[];
  readonly start: number;
  readonly end: number | undefined;
  /** Whether it may hold several segments, which changes how `%2F` is decoded. */
  readonly multiSegment: boolean;
}

/** A template that breaks the grammar; the message gives the column, counted from 1. */
export class PathTemplateError extends Error {
  override readonly name = 'PathTemplateError';
}

/** @throws PathTemplateError */
export function parsePathTemplate(text: string): PathTemplate {
  let at = 0;
  const segments: PathSegment[] = [];
  const variables: PathVariable[] = [];

  expect('/');
  parseSegments(false);
  const verb = text[at] === ':' ? parseVerb() : '';
  if (at < text.length)
    throw syntax(segments.at(-1)?.kind === '**' ? 'the end, because "**" comes last' : '"/", ":" or the end');
  return { text, segments, verb, variables };

  function parseSegments(insideVariable: boolean): void {
    for (;;) {
      parseSegment(insideVariable);
      if (text[at] !== '/' || segments.at(-1)?.kind === '**') return;
      at++;
    }
  }

  function parseSegment(insideVariable: boolean): void {
    if (text.startsWith('**', at)) {
      at += 2;
      segments.push({ kind: '**' });
    } else if (text[at] === '*') {
      at++;
      segments.push({ kind: '*' });
    } else if (text[at] === '{') {
      if (insideVariable) throw syntax('a segment, because a variable holds no other variable');
      parseVariable();
    } else {
      segments.push({ kind: 'literal', value: parseLiteral('a segment') });
    }
  }

  function parseVariable(): void {
    const column = at;
    expect('{');
    const fieldPath = parseFieldPath();
    if (variables.some((other) => other.fieldPath.join('.') === fieldPath.join('.'))) {
      throw new PathTemplateError(
        `field "${fieldPath.join('.')}" is bound twice, again at column ${column + 1}`,
      );
    }
    const start = segments.length;
    if (text[at] === '=') {
      at++;
      parseSegments(true);
    } else {
      segments.push({ kind: '*' });
    }
    expect('}');
    const open = segments.at(-1)?.kind === '**';
    variables.push({
      fieldPath,
      start,
      end: open ? undefined : segments.length,
      multiSegment: open || segments.length - start > 1,
    });
  }

  function parseFieldPath(): string[] {
    const path = [parseIdent()];
    while (text[at] === '.') {
      at++;
      path.push(parseIdent());
    }
    return path;
  }

  function parseIdent(): string {
    return take(identPattern, 'a field name');
  }

  function parseVerb(): string {
    expect(':');
    return parseLiteral('a verb');
  }

  function parseLiteral(what: string): string {
    const start = at;
    const raw = take(literalPattern, what);
    try {
      return decodeURIComponent(raw);
    } catch {
      throw new PathTemplateError(`"${raw}" at column ${start + 1} is not percent-encoded UTF-8`);
    }
  }

  function take(pattern: RegExp, what: string): string {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) throw syntax(what);
    at += found.length;
    return found;
  }

  function expect(character: string): void {
    if (text[at] !== character) throw syntax(`"${character}"`);
    at++;
  }

  function syntax(expected: string): PathTemplateError {
    const found = at < text.length ? `"${text[at]}"` : 'the end';
    return new PathTemplateError(`syntax error at column ${at + 1}: expected ${expected}, got ${found}`);
  }
}

const identPattern = /[A-Za-z_][A-Za-z0-9_]*/y;
const literalPattern = /(?:[A-Za-z0-9\-._~!$&'()+,;=@]|%[0-9A-Fa-f]{2})+/y;
