import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { checkTypes, parseTypeProblems, problemsFor } from './type-check.ts';

const OUTPUT = `workers/orders/main.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.
  Because of this.
bus/src/bus.ts(1,1): error TS2307: Cannot find module 'x'.
bus/src/bus.test.ts(1,1): error TS1005: ';' expected.
bus/testing/start.ts(1,1): error TS1005: ';' expected.
workers/greeter/main.ts(1,2): error TS1005: ';' expected.
error TS5083: Cannot read file.
`;

describe('parseTypeProblems()', () => {
  it('reads one problem per file and place', () => {
    expect(parseTypeProblems(OUTPUT).map(({ file }) => file)).toEqual([
      'workers/orders/main.ts',
      'bus/src/bus.ts',
      'bus/src/bus.test.ts',
      'bus/testing/start.ts',
      'workers/greeter/main.ts',
    ]);
    expect(parseTypeProblems(OUTPUT)[1]).toEqual({
      file: 'bus/src/bus.ts',
      text: "bus/src/bus.ts(1,1): error TS2307: Cannot find module 'x'.",
    });
  });
});

describe('problemsFor()', () => {
  it.each([
    ['workers/orders', ['workers/orders/main.ts', 'bus/src/bus.ts']],
    ['workers/order', ['bus/src/bus.ts']],
    ['api', ['bus/src/bus.ts']],
  ])('takes what %s runs, without tests', (folder, files) => {
    expect(problemsFor(folder, parseTypeProblems(OUTPUT)).map(({ file }) => file)).toEqual(files);
  });
});

describe('checkTypes()', () => {
  async function project(source: string): Promise<string> {
    const root = await temporaryDirectory();
    await symlink(join(import.meta.dirname, '..', '..', 'node_modules'), join(root, 'node_modules'));
    await writeFile(join(root, 'package.json'), '{}');
    await writeFile(
      join(root, 'tsconfig.json'),
      '{"compilerOptions": {"strict": true, "types": []}, "files": ["absent.ts"]}',
    );
    await mkdir(join(root, 'workers/a'), { recursive: true });
    await writeFile(join(root, 'workers/a/a.ts'), source);
    await writeFile(join(root, 'workers/a/a.test.ts'), 'export const wrong: number = "text";\n');
    return root;
  }

  it('finds an error, and none once it is mended', async () => {
    const root = await project('export const n: number = "text";\n');
    const cache = join(root, '.busline/types');
    expect(await checkTypes(root, cache)).toEqual([
      {
        file: 'workers/a/a.ts',
        text: expect.stringMatching(/^workers\/a\/a\.ts\(1,14\): error TS2322: /),
      },
    ]);
    await writeFile(join(root, 'workers/a/a.ts'), 'export const n: number = 1;\n');
    expect(await checkTypes(root, cache)).toEqual([]);
  });

  it('is undefined where there is nothing to check with', async () => {
    const root = await temporaryDirectory();
    expect(await checkTypes(root, join(root, 'cache'))).toBeUndefined();
  });
});
