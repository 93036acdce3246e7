import { describe, expect, it } from 'vitest';
import { debianMirrors, osReleaseValue, parsePrintedUris } from './apt-mirrors.ts';

const PRINTED = `'http://mirror.example/debian/dists/bookworm/InRelease' mirror.example_debian_dists_bookworm_InRelease 0 
'http://mirror.example/debian/dists/bookworm-updates/InRelease' mirror.example_debian_dists_bookworm-updates_InRelease 0 
'http://mirror.example/security/dists/bookworm-security/InRelease' mirror.example_security_dists_bookworm-security_InRelease 0 
'https://tools.example/apt/dists/tools/InRelease' tools.example_apt_dists_tools_InRelease 0 
'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror.example_debian_Packages 0 
`;

describe('parsePrintedUris()', () => {
  it('lists each suite once, by its InRelease file', () => {
    expect(parsePrintedUris(PRINTED)).toEqual([
      { mirror: 'http://mirror.example/debian', suite: 'bookworm' },
      { mirror: 'http://mirror.example/debian', suite: 'bookworm-updates' },
      { mirror: 'http://mirror.example/security', suite: 'bookworm-security' },
      { mirror: 'https://tools.example/apt', suite: 'tools' },
    ]);
  });

  it.each([[''], ['Reading package lists...\n'], ["'http://flat.example/./InRelease' flat 0\n"]])(
    'finds none in %j',
    (output) => {
      expect(parsePrintedUris(output)).toEqual([]);
    },
  );
});

describe('debianMirrors()', () => {
  it('keeps only mirrors of the running release', () => {
    expect(debianMirrors(parsePrintedUris(PRINTED), 'bookworm')).toEqual(['http://mirror.example/debian']);
  });

  it.each(['stable', 'testing', 'unstable', 'sid'])('knows the suite name %s', (suite) => {
    expect(debianMirrors([{ mirror: 'http://m.example/debian', suite }], 'trixie')).toEqual([
      'http://m.example/debian',
    ]);
  });

  it('names a mirror once that carries several', () => {
    const suites = ['trixie', 'stable'].map((suite) => ({ mirror: 'http://m.example/debian', suite }));
    expect(debianMirrors(suites, 'trixie')).toEqual(['http://m.example/debian']);
  });
});

describe('osReleaseValue()', () => {
  const text = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n';

  it.each([
    ['ID', 'debian'],
    ['VERSION_CODENAME', 'bookworm'],
    ['PRETTY_NAME', 'Debian GNU/Linux 12 (bookworm)'],
    ['VERSION', undefined],
  ])('%s', (name, value) => {
    expect(osReleaseValue(text, name)).toBe(value);
  });
});
