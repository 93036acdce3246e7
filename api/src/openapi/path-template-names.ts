import type { BoundVariable, HttpBinding } from '../transcode/http-rule.ts';

/** A template in OpenAPI's terms: each wildcard is a parameter of one segment. */
export interface OpenApiPath {
  /** `/v1/shelves/{shelf}/books/{book}:lock` */
  readonly text: string;
  /** The text without the parameters' names: OpenAPI takes paths that differ in names alone for one. */
  readonly shape: string;
  readonly parameters: readonly PathParameter[];
}

export interface PathParameter {
  readonly name: string;
  /** The variable of the template that the segment belongs to, if it belongs to one. */
  readonly bound: BoundVariable | undefined;
  /** Whether the segment is the variable's whole value. */
  readonly isWhole: boolean;
  /** Whether it stands for any number of segments. */
  readonly isOpen: boolean;
}

/**
 * The path of a binding. A variable that holds several segments, `{name=shelves/*}`, becomes its literals and
 * one parameter per wildcard, named for the literal before it: OpenAPI's parameters hold no slash.
 *
 * @param names to use instead of the template's own, where another binding of the same shape came first
 */
export function openApiPath(binding: HttpBinding, names?: readonly string[]): OpenApiPath {
  const { template, variables } = binding;
  const parameters: PathParameter[] = [];
  const parts = template.segments.map((segment, index) => {
    if (segment.kind === 'literal') return { text: encodeLiteral(segment.value), shape: undefined };
    const bound = variables.find(
      ({ variable }) => index >= variable.start && (variable.end === undefined || index < variable.end),
    );
    const isWhole =
      bound !== undefined &&
      bound.variable.start === index &&
      (bound.variable.end ?? template.segments.length) === index + 1;
    const before = template.segments[index - 1];
    const own = isWhole
      ? bound.variable.fieldPath.join('.')
      : (before?.kind === 'literal' && singular(before.value)) ||
        (bound?.variable.fieldPath.join('.') ?? 'wildcard');
    const name = names?.[parameters.length] ?? unused(own, parameters);
    parameters.push({ name, bound, isWhole, isOpen: segment.kind === '**' });
    return { text: `{${name}}`, shape: '{}' };
  });
  const verb = template.verb === '' ? '' : `:${encodeLiteral(template.verb)}`;
  return {
    text: `/${parts.map(({ text }) => text).join('/')}${verb}`,
    shape: `/${parts.map(({ text, shape }) => shape ?? text).join('/')}${verb}`,
    parameters,
  };
}

/** Braces would read as a parameter; a literal cannot hold what else has to be encoded, except as it came. */
function encodeLiteral(value: string): string {
  return encodeURI(value).replace(/[{}#?]/g, (character) => encodeURIComponent(character));
}

/** `shelves` as `shelf`, `books` as `book`: as resource names are read. Undefined for what is no plain word. */
function singular(word: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(word)) return undefined;
  if (/[^aeiou]ies$/.test(word)) return word.replace(/ies$/, 'y');
  if (/(?:l|ea|r)ves$/.test(word)) return word.replace(/ves$/, 'f');
  if (/(?:s|x|z|ch|sh)es$/.test(word)) return word.replace(/es$/, '');
  return word.replace(/([^s])s$/, '$1');
}

function unused(name: string, parameters: readonly PathParameter[]): string {
  const taken = new Set(parameters.map((parameter) => parameter.name));
  let candidate = name;
  for (let count = 2; taken.has(candidate); count++) candidate = `${name}_${count}`;
  return candidate;
}
