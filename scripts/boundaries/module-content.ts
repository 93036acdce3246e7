import { parseAst } from 'vitest/node';

/** One module specifier of a file, static, dynamic, re-exported or in a type. */
export interface ModuleImport {
  readonly specifier: string;
  readonly line: number;
}

/** One use of a name as a free identifier or as a property of `globalThis`. */
export interface NameUse {
  readonly name: string;
  readonly line: number;
}

export interface ModuleContent {
  readonly imports: readonly ModuleImport[];
  readonly names: readonly NameUse[];
}

interface AstNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

/**
 * What a JavaScript, TypeScript or declaration file imports, and the names it uses, by parsing it.
 * Type-only imports count: a type that crosses a boundary ties the two sides together as a value does.
 * A dynamic `import()` of a computed specifier cannot be known and is not reported.
 *
 * @throws Error naming `path` where the file does not parse.
 */
export function moduleContent(path: string, source: string): ModuleContent {
  const program = parse(path, source);
  const imports: ModuleImport[] = [];
  const names: NameUse[] = [];
  const lineOf = lineFinder(source);
  visit(program, undefined, (node, parent) => {
    const specifier = importedSpecifier(node);
    if (specifier !== undefined) imports.push({ specifier, line: lineOf(node.start) });
    if (node.type === 'Identifier' && typeof node.name === 'string' && isNameUse(node, parent)) {
      names.push({ name: node.name, line: lineOf(node.start) });
    }
  });
  return { imports, names };
}

function parse(path: string, source: string): unknown {
  const lang = path.endsWith('.d.ts') ? 'dts' : path.endsWith('ts') ? 'ts' : 'js';
  try {
    return parseAst(source, { lang, astType: lang === 'js' ? 'js' : 'ts' });
  } catch (cause) {
    throw new Error(`${path} does not parse; run "npx tsc -p ." for the place`, { cause });
  }
}

const IMPORTING_NODES = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
  'TSExternalModuleReference',
]);

function importedSpecifier(node: AstNode): string | undefined {
  if (!IMPORTING_NODES.has(node.type)) return undefined;
  const source = node.source ?? node.expression ?? node.argument;
  if (!isNode(source)) return undefined;
  const literal = source.type === 'TSLiteralType' ? source.literal : source;
  return isNode(literal) && typeof literal.value === 'string' ? literal.value : undefined;
}

function isNameUse(node: AstNode, parent: AstNode | undefined): boolean {
  if (parent === undefined) return true;
  if (parent.type === 'MemberExpression' && parent.property === node && parent.computed !== true) {
    const object = parent.object;
    return isNode(object) && object.type === 'Identifier' && object.name === 'globalThis';
  }
  const isKey = parent.key === node && parent.computed !== true && parent.shorthand !== true;
  return !isKey;
}

function visit(
  value: unknown,
  parent: AstNode | undefined,
  onNode: (node: AstNode, parent: AstNode | undefined) => void,
): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, parent, onNode);
  } else if (isNode(value)) {
    onNode(value, parent);
    for (const child of Object.values(value)) visit(child, value, onNode);
  }
}

function isNode(value: unknown): value is AstNode {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    'start' in value &&
    typeof value.start === 'number'
  );
}

function lineFinder(source: string): (offset: number) => number {
  const lineStarts = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return (offset) => {
    const next = lineStarts.findIndex((start) => start > offset);
    return next === -1 ? lineStarts.length : next;
  };
}
