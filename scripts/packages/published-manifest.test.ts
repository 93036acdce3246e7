import { describe, expect, it } from 'vitest';
import { publishedManifest } from './published-manifest.ts';

describe('publishedManifest()', () => {
  it('points to what was compiled, and leaves out what only the repository needs', () => {
    const published = publishedManifest({
      name: '@busline/x',
      version: '1.2.3',
      exports: { '.': './src/index.ts', './*': './gen/*_pb.ts', './package.json': './package.json' },
      bin: { x: './bin/x.js' },
      dependencies: { '@busline/y': '1.2.3' },
      devDependencies: { vitest: '1.0.0' },
    });
    expect(published).toEqual({
      name: '@busline/x',
      version: '1.2.3',
      type: 'module',
      engines: { node: '>=22.18' },
      exports: {
        '.': { types: './dist/src/index.d.ts', default: './dist/src/index.js' },
        './*': { types: './dist/gen/*_pb.d.ts', default: './dist/gen/*_pb.js' },
        './package.json': './package.json',
      },
      bin: { x: './dist/bin/x.js' },
      dependencies: { '@busline/y': '1.2.3' },
    });
  });

  it('refuses what is private', () => {
    expect(() => publishedManifest({ name: 'shop', version: '1.0.0', private: true })).toThrow(
      'shop is private',
    );
  });
});
