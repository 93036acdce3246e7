import { describe, expect, it } from 'vitest';
import { brokenLinks } from './broken-links.ts';

const OTHER = '# Other page\n\n## Errors & codes\n\n## The `Code` enum\n\n## Twice\n\n## Twice\n';

function problemsOf(text: string): string[] {
  const files = new Map([
    ['docs/page.md', text],
    ['docs/other.md', OTHER],
  ]);
  const present = new Set(['docs/page.md', 'docs/other.md', 'README.md', 'docs/adr', 'docs/a b.md']);
  return brokenLinks(files, (path) => present.has(path.replace(/\/$/, ''))).map(
    ({ path, line, target, problem }) => `${path}:${line}: ${target} ${problem}`,
  );
}

describe('brokenLinks() accepts', () => {
  it.each([
    '[a](other.md)',
    '[a](./other.md "title")',
    '[a](../README.md)',
    '[a](adr/)',
    '[a](a%20b.md)',
    '![a](other.md)',
    '[a]: other.md',
    '[a](https://example.com/none)',
    '[a](mailto:a@example.com)',
    '[a](other.md#errors--codes)',
    '[a](other.md#the-code-enum)',
    '[a](other.md#twice-1)',
    '# Here\n[a](#here)',
    '`[a](none.md)`',
    '```md\n[a](none.md)\n```',
    '~~~\n[a](none.md)\n```\n~~~',
  ])('%j', (text) => {
    expect(problemsOf(text)).toEqual([]);
  });
});

describe('brokenLinks() refuses', () => {
  it.each([
    ['[a](none.md)', 'docs/page.md:1: none.md does not exist'],
    ['text\n\n[a](none.md) and [b](other.md)', 'docs/page.md:3: none.md does not exist'],
    ['[a]: none.md', 'docs/page.md:1: none.md does not exist'],
    ['[a](../../outside.md)', 'docs/page.md:1: ../../outside.md leads out of the repository'],
    ['[a](/README.md)', 'docs/page.md:1: /README.md leads out of the repository'],
    ['[a](other.md#none)', 'docs/page.md:1: other.md#none has no heading that gives #none'],
    ['[a](#none)', 'docs/page.md:1: #none has no heading that gives #none'],
    ['```\ncode\n```\n[a](none.md)', 'docs/page.md:4: none.md does not exist'],
  ])('%j', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });
});
