import { describe, expect, it } from 'vitest';
import { moduleContent } from './module-content.ts';

describe('moduleContent()', () => {
  it.each([
    ['a default import', "import x from 'a';", ['a']],
    ['a side-effect import', "import 'a';", ['a']],
    ['a type import', "import type { A } from 'a';", ['a']],
    ['a re-export', "export { b } from 'a';", ['a']],
    ['a type re-export', "export type { B } from 'a';", ['a']],
    ['a star re-export', "export * as ns from 'a';", ['a']],
    ['a dynamic import', "const m = await import('a');", ['a']],
    ['an import in a type', "type T = import('a').T;", ['a']],
    ['a multi-line import', "import {\n  one,\n  two,\n} from 'a';", ['a']],
    ['an import after a template with the word in it', "const s = `import 'no'`;\nimport 'a';", ['a']],
    ['no import in a comment', "// import 'no';\n/* import 'no' */", []],
    ['no import in a string', 'const s = "import \'no\'";', []],
    ['no import in a regular expression', "const r = /import 'no'/;", []],
    ['no import in a plain export', 'export const a = 1;', []],
    ['no import of a computed specifier', 'const m = await import(name);', []],
  ])('finds %s', (_what, source, specifiers) => {
    expect(moduleContent('x.ts', source).imports.map((found) => found.specifier)).toEqual(specifiers);
  });

  it('gives the line of each import', () => {
    const source = "// head\nimport 'a';\n\nimport {\n  b,\n} from 'b';\nexport * from 'c';\n";
    expect(moduleContent('x.ts', source).imports).toEqual([
      { specifier: 'a', line: 2 },
      { specifier: 'b', line: 4 },
      { specifier: 'c', line: 7 },
    ]);
  });

  it.each([
    ['a call', 'setTimeout(() => 1, 1);', true],
    ['a reference', 'const later = setTimeout;', true],
    ['a shorthand property', 'const clock = { setTimeout };', true],
    ['a property of globalThis', 'globalThis.setTimeout(() => 1, 1);', true],
    ['not the property of another object', 'clock.setTimeout(1);', false],
    ['not a key', 'const clock = { setTimeout: 1 };', false],
    ['not a comment', '// setTimeout', false],
  ])('sees the use of a global: %s', (_what, source, used) => {
    const { names } = moduleContent('x.ts', source);
    expect(names.some((use) => use.name === 'setTimeout')).toBe(used);
  });

  it('reads declaration files and JavaScript', () => {
    expect(
      moduleContent('x.d.ts', "import type { A } from 'a';\nexport declare const b: A;").imports,
    ).toHaveLength(1);
    expect(moduleContent('x.js', "import { a } from 'a';\nexport const b = a;").imports).toHaveLength(1);
  });

  it('names the file that does not parse', () => {
    expect(() => moduleContent('bus/x.ts', 'import {')).toThrow('bus/x.ts does not parse');
  });
});
