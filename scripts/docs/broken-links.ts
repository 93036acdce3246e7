import { posix } from 'node:path';

export interface BrokenLink {
  readonly path: string;
  readonly line: number;
  readonly target: string;
  readonly problem: string;
}

// Inline links and images: ](target) or ](target "title"). Reference definitions: [name]: target
const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\s{0,3}\[[^\]]+\]:\s+<?([^\s>]+)>?/g;

/**
 * Relative links in Markdown whose file does not exist, or whose `#anchor` is not a heading of the Markdown file
 * it points to. Links with a scheme (`https:`) are not looked at: no check of ours leaves the machine.
 */
export function brokenLinks(
  files: ReadonlyMap<string, string>,
  exists: (path: string) => boolean,
): BrokenLink[] {
  const broken: BrokenLink[] = [];
  for (const [path, text] of files) {
    for (const { line, content } of proseLines(text)) {
      for (const [, inline, definition] of content.matchAll(LINK)) {
        const target = inline ?? definition ?? '';
        const problem = linkProblem({ path, target, files, exists });
        if (problem !== undefined) broken.push({ path, line, target, problem });
      }
    }
  }
  return broken;
}

interface Link {
  readonly path: string;
  readonly target: string;
  readonly files: ReadonlyMap<string, string>;
  readonly exists: (path: string) => boolean;
}

function linkProblem({ path, target, files, exists }: Link): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined;
  const hash = target.indexOf('#');
  const file = decodeURI(hash === -1 ? target : target.slice(0, hash));
  const anchor = hash === -1 ? '' : target.slice(hash + 1);
  const resolved = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file));
  if (resolved.startsWith('..') || file.startsWith('/')) return 'leads out of the repository';
  if (!exists(resolved)) return 'does not exist';
  const text = files.get(resolved);
  if (anchor === '' || text === undefined) return undefined;
  return headingAnchors(text).has(anchor) ? undefined : `has no heading that gives #${anchor}`;
}

/** Anchors as GitHub makes them: lower case, punctuation dropped, spaces to dashes, repeats numbered. */
function headingAnchors(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const { content } of proseLines(text)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(content)?.[1];
    if (heading === undefined) continue;
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let unique = anchor;
    for (let repeat = 1; anchors.has(unique); repeat += 1) unique = `${anchor}-${repeat}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Lines outside fenced code. A heading keeps the words of its code spans, links inside code spans are dropped. */
function proseLines(text: string): { line: number; content: string }[] {
  let fence: string | undefined;
  const lines: { line: number; content: string }[] = [];
  for (const [index, content] of text.split('\n').entries()) {
    const mark = /^\s*(```+|~~~+)/.exec(content)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
    } else if (mark !== undefined) {
      fence = mark;
    } else {
      const isHeading = content.startsWith('#');
      lines.push({
        line: index + 1,
        content: isHeading ? content : content.replaceAll(/(`+)[^`]+\1/g, '``'),
      });
    }
  }
  return lines;
}
