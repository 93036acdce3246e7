import { expect, it } from 'vitest';
import { importLines, withImport } from './import-lines.ts';

it('puts packages before files, each by name', () => {
  const lines = importLines(
    ['./b.ts', '{ b }'],
    ['vitest', '{ it }'],
    ['./package.json', 'manifest'],
    ['@a/x', '{ x }'],
  );
  expect(lines.split('\n')).toEqual([
    `import { x } from '@a/x';`,
    `import { it } from 'vitest';`,
    `import { b } from './b.ts';`,
    `import manifest from './package.json' with { type: 'json' };`,
    '',
  ]);
});

it('adds one in its place', () => {
  const source = `import { x } from '@a/x';\nimport { c } from './c.ts';\n\nx(c);\n`;
  expect(withImport(source, ['./b.ts', '{ b }'])).toBe(
    `import { x } from '@a/x';\nimport { b } from './b.ts';\nimport { c } from './c.ts';\n\nx(c);\n`,
  );
  expect(withImport(source, ['@b/y', '{ y }']).split('\n')[1]).toBe(`import { y } from '@b/y';`);
  expect(withImport('x();\n', ['./b.ts', '{ b }'])).toBe(`import { b } from './b.ts';\nx();\n`);
});
