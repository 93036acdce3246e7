import { describe, expect, it } from 'vitest';
import { aptConfig, aptSource } from './apt-private-config.ts';

const settings = {
  directory: '/tmp/private',
  mirror: 'http://mirror.example/debian',
  suite: 'unstable',
  keyring: '/usr/share/keyrings/debian.gpg',
};

describe('aptSource()', () => {
  it('names mirror, suite and the keyring that must have signed it', () => {
    expect(aptSource(settings)).toBe(
      [
        'Types: deb',
        'URIs: http://mirror.example/debian',
        'Suites: unstable',
        'Components: main',
        'Targets: Packages',
        'Signed-By: /usr/share/keyrings/debian.gpg',
        '',
      ].join('\n'),
    );
  });

  it('leaves trust to apt when no keyring is known', () => {
    expect(aptSource({ ...settings, keyring: undefined })).not.toContain('Signed-By');
  });
});

describe('aptConfig()', () => {
  it('keeps every directory of the run private', () => {
    const directories = aptConfig(settings)
      .split('\n')
      .filter((line) => line.startsWith('Dir::'));
    expect(directories).toEqual([
      'Dir::Etc::sourcelist "/tmp/private/busline.sources";',
      'Dir::Etc::sourceparts "/tmp/private/none";',
      'Dir::State::lists "/tmp/private/lists";',
      'Dir::State::status "/dev/null";',
      'Dir::Cache "/tmp/private/cache";',
    ]);
  });

  it('never turns verification off', () => {
    expect(aptConfig(settings) + aptSource(settings)).not.toMatch(/trusted|AllowInsecure|Unauthenticated/i);
  });
});
