import { expect, it } from 'vitest';
import { surfacePage } from './surface-page.ts';

const files: Readonly<Record<string, string>> = {
  '/p/index.d.ts': `export { type Thing, make as create } from './thing.ts';\nexport { z } from 'zod';\n`,
  '/p/thing.d.ts': `/** A thing. */\nexport interface Thing {\n    /** Its name. */\n    name: string;\n}\nexport declare function make(): Thing;\n`,
};

it('lists every name with its declaration, without comments', () => {
  const page = surfacePage('p', [{ specifier: 'p', file: '/p/index.d.ts' }], (file) => files[file] ?? '');
  expect(page).toContain('### Thing\n\n```ts\ninterface Thing {\n  name: string;\n}\n```\n');
  expect(page).toContain('### create\n\n```ts\nfunction make(): Thing;\n```\n');
  expect(page).toContain("### z\n\n```ts\n{ z } from 'zod';\n```\n");
});

it('names an export that is declared nowhere', () => {
  const lost = () => `export { lost } from './index.ts';\n`;
  expect(() =>
    surfacePage('p', [{ specifier: 'p', file: '/p/a.d.ts' }], (file) =>
      file.endsWith('a.d.ts') ? lost() : '',
    ),
  ).toThrow('lost');
});
