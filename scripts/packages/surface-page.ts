import { dirname, join } from 'node:path';
import { type DeclarationFile, readDeclarations } from './declarations.ts';

/** An entry of a package: how it is imported, and the file that it is. */
export interface Entry {
  readonly specifier: string;
  /** Absolute path of the compiled declarations. */
  readonly file: string;
}

/**
 * The public surface of a package as a page: every name that an entry exports, with its declaration. Comments are left out:
 * a reworded sentence is no change of the surface.
 *
 * @param read Text of a compiled declaration file.
 * @throws Error naming an export whose declaration cannot be found.
 */
export function surfacePage(name: string, entries: readonly Entry[], read: (file: string) => string): string {
  const files = new Map<string, DeclarationFile>();
  const fileAt = (path: string): DeclarationFile => {
    let file = files.get(path);
    if (file === undefined) {
      file = readDeclarations(read(path));
      files.set(path, file);
    }
    return file;
  };
  const find = (path: string, wanted: string): string => {
    const file = fileAt(path);
    const text = file.declared.get(wanted);
    if (text !== undefined) return text;
    const moved = file.passedOn.get(wanted);
    if (moved === undefined) throw new Error(`${path} exports ${wanted}, and declares it nowhere`);
    if (!moved.file.startsWith('.')) return `export { ${wanted} } from '${moved.file}';`;
    return find(join(dirname(path), moved.file.replace(/\.[jt]s$/, '.d.ts')), moved.name);
  };

  const sections = entries.map(({ specifier, file }) => {
    const { declared, passedOn } = fileAt(file);
    const own = [...declared].filter(([, text]) => text.startsWith('export ')).map(([exported]) => exported);
    const names = [...new Set([...own, ...passedOn.keys()])].toSorted((a, b) => (a < b ? -1 : 1));
    const blocks = names.map(
      (exported) => `### ${exported}\n\n\`\`\`ts\n${tidy(find(file, exported))}\n\`\`\`\n`,
    );
    return `## ${specifier}\n\n${blocks.join('\n')}`;
  });
  return `# Surface of ${name}\n\nWritten by \`npm run surface\`; \`npm run check\` fails where it is out of date.\n\n${sections.join('\n')}`;
}

function tidy(text: string): string {
  return text
    .replace(/^export (declare )?/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/^( {4})+/gm, (indent) => ' '.repeat(indent.length / 2));
}
