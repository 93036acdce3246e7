import type { Comments } from './comments.ts';

/** Lines shifted right by one level; empty lines stay empty. */
export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`));
}

/** `head {` … `}` with the sections of the body set apart by empty lines; `head {}` when all are empty. */
export function block(head: string, sections: readonly (readonly string[])[], comments: Comments): string[] {
  const body = [comments.trailing, ...sections].filter((section) => section.length > 0);
  if (body.length === 0) {
    return [...comments.leading, `${head} {}`];
  }
  const lines = body.flatMap((section, index) => (index === 0 ? section : ['', ...section]));
  return [...comments.leading, `${head} {`, ...indent(lines), '}'];
}

/** A statement that ends in a semicolon, with its options in brackets. */
export function statement(text: string, options: readonly string[], comments: Comments): string[] {
  const lines = `${text}${brackets(options)};`.split('\n');
  const [only, ...more] = comments.trailing;
  if (only !== undefined && more.length === 0) {
    return [...comments.leading, ...lines.slice(0, -1), `${lines.at(-1)} ${only}`];
  }
  // The empty line keeps the comment from becoming that of the next statement.
  return [...comments.leading, ...lines, ...(only === undefined ? [] : [...comments.trailing, ''])];
}

/** Options as `[a = 1]` after a statement, laid out as `buf format` does: several options stand below each other. */
export function brackets(options: readonly string[]): string {
  if (options.length === 0) {
    return '';
  }
  if (options.length === 1) {
    return ` [${options[0]}]`;
  }
  return ` [\n${indent(options.join(',\n').split('\n')).join('\n')}\n]`;
}
