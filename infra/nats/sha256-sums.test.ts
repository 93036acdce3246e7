import { describe, expect, it } from 'vitest';
import { findSha256 } from './sha256-sums.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

describe('findSha256()', () => {
  it.each([
    ['text mode', `${A}  one.tar.gz\n${B}  two.tar.gz\n`, B],
    ['binary mode', `${A} *two.tar.gz\n`, A],
    ['upper case and CRLF', `${A.toUpperCase()}  two.tar.gz\r\n`, A],
    ['no final newline', `${A}  two.tar.gz`, A],
    ['a name that only ends the same', `${A}  not-two.tar.gz\n`, undefined],
    ['a checksum of another length', `${A.slice(1)}  two.tar.gz\n`, undefined],
    ['an HTML page', '<html>two.tar.gz</html>', undefined],
    ['nothing', '', undefined],
  ])('%s', (_case, sums, expected) => {
    expect(findSha256(sums, 'two.tar.gz')).toBe(expected);
  });
});
