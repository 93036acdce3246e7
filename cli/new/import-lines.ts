/** An import: the module, and what is taken from it as the statement has it. */
export type Import = readonly [module: string, what: string];

/** Import statements in the order that formatters want: packages by name, then files. */
export function importLines(...imports: readonly Import[]): string {
  const isFile = ([module]: Import) => module.startsWith('.');
  return imports
    .toSorted((a, b) => Number(isFile(a)) - Number(isFile(b)) || (a[0] < b[0] ? -1 : 1))
    .map(
      ([module, what]) =>
        `import ${what} from '${module}'${module.endsWith('.json') ? ` with { type: 'json' }` : ''};\n`,
    )
    .join('');
}

/** `source` with one more import, in its place among those it has. */
export function withImport(source: string, [module, what]: Import): string {
  const line = importLines([module, what]);
  const lines = source.split('\n');
  const isImport = (text: string) => /^import .* from '[^']+'.*;$/.test(text);
  const moduleOf = (text: string) => / from '([^']+)'/.exec(text)?.[1] ?? '';
  const rank = (name: string) => (name.startsWith('.') ? 1 : 0);
  const before = lines.findLastIndex(
    (text) =>
      isImport(text) &&
      (rank(moduleOf(text)) < rank(module) ||
        (rank(moduleOf(text)) === rank(module) && moduleOf(text) < module)),
  );
  lines.splice(before + 1, 0, line.trimEnd());
  return lines.join('\n');
}
