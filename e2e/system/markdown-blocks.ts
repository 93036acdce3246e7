/** A fenced block of a Markdown text. */
export interface Block {
  /** The heading it stands under; empty above the first of level two. */
  readonly section: string;
  readonly language: string;
  /** The file it is said to be: a code span at the start of the paragraph above it. */
  readonly file: string | undefined;
  readonly text: string;
}

/** The fenced blocks of a Markdown text, in order. */
export function markdownBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  let paragraph = '';
  let open: { readonly language: string; readonly lines: string[] } | undefined;
  let afterBlank = true;
  for (const line of markdown.split('\n')) {
    if (open !== undefined && line !== '```') {
      open.lines.push(line);
    } else if (open !== undefined) {
      const file = /^`([^`\s]+\/[^`\s]+)`/.exec(paragraph)?.[1];
      blocks.push({ section, language: open.language, file, text: `${open.lines.join('\n')}\n` });
      open = undefined;
      paragraph = '';
    } else if (line.startsWith('```')) {
      open = { language: line.slice(3), lines: [] };
    } else if (line.startsWith('#')) {
      if (line.startsWith('## ')) section = line.slice(3);
      paragraph = '';
    } else if (line !== '') {
      paragraph = afterBlank ? line : `${paragraph} ${line}`;
    }
    afterBlank = line === '' || paragraph === '';
  }
  return blocks;
}
