import type { PathTemplate } from './path-template.ts';

/** What one request line leads to. */
export type RouteMatch<T> =
  | {
      readonly kind: 'found';
      readonly value: T;
      /** The raw segments of the path, the verb taken off the last one. */
      readonly segments: readonly string[];
    }
  /** The path is known under other HTTP methods, sorted. */
  | { readonly kind: 'wrong-method'; readonly allow: readonly string[] }
  | { readonly kind: 'unknown' };

/** Finds the value for an HTTP method and a raw path. */
export interface Router<T> {
  /** @param path percent-encoded, as on the request line, without the query; every `%` starts a valid escape. */
  match(httpMethod: string, path: string): RouteMatch<T>;
}

export interface RouterBuilder<T> extends Router<T> {
  /**
   * Adds a route. Returns the value that already answers exactly the same requests, in which case nothing is
   * added; undefined when the route is new.
   */
  add(httpMethod: string, template: PathTemplate, value: T): T | undefined;
}

/** HTTP method of a custom pattern that stands for every method no other rule claims (google/api/http.proto). */
export const anyMethod = '*';

type ByMethod<T> = Map<string, T>;
type ByVerb<T> = Map<string, ByMethod<T>>;

/** One position in the trie. Each edge consumes exactly one segment, so a search visits a node at most once. */
interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  star: Node<T> | undefined;
  readonly ends: ByVerb<T>;
  /** Templates that continue with `**`, which is always their last segment. */
  readonly rests: ByVerb<T>;
}

/**
 * A trie over path segments. Precedence per segment: literal, then `*`, then `**`. When the best path does not
 * know the HTTP method, the next best is tried, and only if none does the answer is `wrong-method`.
 *
 * A verb (`:cancel`) is split from the last segment where some template of that path has this verb; otherwise the
 * colon is part of the segment. HEAD is answered by GET where no rule claims HEAD.
 */
export function createRouter<T>(): RouterBuilder<T> {
  const root = newNode<T>();
  const verbs = new Set<string>();

  return {
    add(httpMethod, template, value) {
      let node = root;
      let ends: ByVerb<T> | undefined;
      for (const segment of template.segments) {
        if (segment.kind === '**') {
          ends = node.rests;
          break;
        }
        node = segment.kind === '*' ? starOf(node) : literalOf(node, segment.value);
      }
      ends ??= node.ends;
      const byMethod = ends.get(template.verb) ?? new Map<string, T>();
      ends.set(template.verb, byMethod);
      const existing = byMethod.get(httpMethod);
      if (existing !== undefined) return existing;
      byMethod.set(httpMethod, value);
      verbs.add(template.verb);
      return undefined;
    },

    match(httpMethod, path) {
      const segments = path.slice(1).split('/');
      const lastIndex = segments.length - 1;
      const last = segments[lastIndex] ?? '';
      const colon = last.lastIndexOf(':');
      if (colon >= 0) {
        const verb = decode(last.slice(colon + 1));
        if (verbs.has(verb) && verb !== '') {
          const withoutVerb = segments.with(lastIndex, last.slice(0, colon));
          const match = search(root, { httpMethod, segments: withoutVerb, verb });
          if (match.kind !== 'unknown') return match;
        }
      }
      return search(root, { httpMethod, segments, verb: '' });
    },
  };
}

interface Query {
  readonly httpMethod: string;
  readonly segments: readonly string[];
  readonly verb: string;
}

function search<T>(root: Node<T>, query: Query): RouteMatch<T> {
  let allow: Set<string> | undefined;

  const value = visit(root, 0);
  if (value !== undefined) return { kind: 'found', value, segments: query.segments };
  return allow === undefined ? { kind: 'unknown' } : { kind: 'wrong-method', allow: [...allow].sort() };

  function visit(node: Node<T>, index: number): T | undefined {
    if (index === query.segments.length) return choose(node.ends) ?? choose(node.rests);
    const raw = query.segments[index] as string;
    const literal = node.literals.get(decode(raw));
    if (literal !== undefined) {
      const found = visit(literal, index + 1);
      if (found !== undefined) return found;
    }
    // A variable holds something: an empty segment matches no `*`.
    if (node.star !== undefined && raw !== '') {
      const found = visit(node.star, index + 1);
      if (found !== undefined) return found;
    }
    return choose(node.rests);
  }

  function choose(ends: ByVerb<T>): T | undefined {
    const byMethod = ends.get(query.verb);
    if (byMethod === undefined) return undefined;
    const found =
      byMethod.get(query.httpMethod) ??
      (query.httpMethod === 'HEAD' ? byMethod.get('GET') : undefined) ??
      byMethod.get(anyMethod);
    if (found === undefined) {
      allow ??= new Set();
      for (const method of byMethod.keys()) allow.add(method);
      if (byMethod.has('GET')) allow.add('HEAD');
    }
    return found;
  }
}

function decode(raw: string): string {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    // Not UTF-8, so it equals no literal; a variable that captures it reports the fault.
    return raw;
  }
}

function newNode<T>(): Node<T> {
  return { literals: new Map(), star: undefined, ends: new Map(), rests: new Map() };
}

function starOf<T>(node: Node<T>): Node<T> {
  node.star ??= newNode();
  return node.star;
}

function literalOf<T>(node: Node<T>, value: string): Node<T> {
  let child = node.literals.get(value);
  if (child === undefined) {
    child = newNode();
    node.literals.set(value, child);
  }
  return child;
}
