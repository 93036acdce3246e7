import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { vendoredFiles } from './vendor.ts';

/** The text without white space, file options by name: `buf format` moves both, and nothing else. */
const compact = (text: string) =>
  text
    .replaceAll(/(?:^option [^;]+;\n)+/gm, (options) => options.split('\n').sort().join('\n'))
    .replaceAll(/\s+/g, '');

describe('the vendored protos', () => {
  it.each([...vendoredFiles()])(
    '%s is that of the installed package (or run vendor.ts)',
    async (path, text) => {
      const vendored = await readFile(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

      expect(compact(vendored)).toBe(compact(text));
    },
  );
});
