import { describe, expect, it } from 'vitest';
import { isLowerVersion } from './version-order.ts';

describe('isLowerVersion()', () => {
  // From https://semver.org, section 11, lowest first.
  const ascending = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.10',
    '1.1.0',
    '2.0.0-0',
    '10.0.0',
  ];
  const pairs = ascending.flatMap((low, index) =>
    ascending.slice(index + 1).map((high) => [low, high] as const),
  );

  it.each(pairs)('%s is below %s', (low, high) => {
    expect([isLowerVersion(low, high), isLowerVersion(high, low)]).toEqual([true, false]);
  });

  it.each([...ascending, '1.0.0+build.7'])('%s is not below itself', (version) => {
    expect(isLowerVersion(version, version)).toBe(false);
  });

  it('passes over the build', () => {
    expect([isLowerVersion('1.0.0+1', '1.0.0+2'), isLowerVersion('1.0.0+2-x', '1.0.0')]).toEqual([
      false,
      false,
    ]);
  });
});
