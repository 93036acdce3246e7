/**
 * The shortest way to refer to a type from inside a scope. protobuf resolves the first part of a name in
 * the innermost scope that knows it, so a short name is only right when no inner scope captures that part.
 * Falls back to the absolute form (`.shop.v1.Order`) when every relative form would be captured.
 */
export function relativeTypeName(target: string, scope: string, symbols: ReadonlySet<string>): string {
  const parts = target.split('.');
  for (let first = parts.length - 1; first >= 0; first--) {
    const candidate = parts.slice(first).join('.');
    if (resolve(candidate, scope, symbols) === target) {
      return candidate;
    }
  }
  return `.${target}`;
}

function resolve(name: string, scope: string, symbols: ReadonlySet<string>): string | undefined {
  const [head = ''] = name.split('.');
  for (let prefix = scope; ; prefix = prefix.slice(0, Math.max(prefix.lastIndexOf('.'), 0))) {
    const join = prefix === '' ? '' : `${prefix}.`;
    if (symbols.has(join + head)) {
      return join + name;
    }
    if (prefix === '') {
      return undefined;
    }
  }
}
