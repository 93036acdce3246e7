import { expect, it } from 'vitest';
import { markdownBlocks } from './markdown-blocks.ts';

it('finds the blocks of a text, with section, language and file', () => {
  const text = [
    '# Title',
    '```sh',
    'echo 1',
    '',
    '# no heading',
    '```',
    '## Part',
    '`a/b.ts`, the file; it',
    'has two lines:',
    '',
    '```ts',
    'code();',
    '```',
    '',
    '`word` and more:',
    '```json',
    '{}',
    '```',
  ].join('\n');
  expect(markdownBlocks(text)).toEqual([
    { section: '', language: 'sh', file: undefined, text: 'echo 1\n\n# no heading\n' },
    { section: 'Part', language: 'ts', file: 'a/b.ts', text: 'code();\n' },
    { section: 'Part', language: 'json', file: undefined, text: '{}\n' },
  ]);
});
