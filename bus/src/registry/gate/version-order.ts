/** Whether a semantic version has a lower precedence than another (https://semver.org, section 11). */
export function isLowerVersion(a: string, b: string): boolean {
  const [one, other] = [parse(a), parse(b)];
  for (const [index, number] of one.core.entries()) {
    const difference = number - (other.core[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  // A version without a pre-release is above those with one.
  if (one.preRelease === undefined || other.preRelease === undefined)
    return one.preRelease !== undefined && other.preRelease === undefined;
  return isLowerPreRelease(one.preRelease, other.preRelease);
}

interface Version {
  readonly core: readonly number[];
  readonly preRelease: readonly string[] | undefined;
}

function parse(text: string): Version {
  const [withoutBuild = ''] = text.split('+');
  const dash = withoutBuild.indexOf('-');
  const core = dash === -1 ? withoutBuild : withoutBuild.slice(0, dash);
  return {
    core: core.split('.').map(Number),
    preRelease: dash === -1 ? undefined : withoutBuild.slice(dash + 1).split('.'),
  };
}

function isLowerPreRelease(a: readonly string[], b: readonly string[]): boolean {
  for (const [index, one] of a.entries()) {
    const other = b[index];
    if (other === undefined) return false;
    if (one === other) continue;
    const [number, otherNumber] = [one, other].map((part) => (/^\d+$/.test(part) ? Number(part) : undefined));
    if (number !== undefined && otherNumber !== undefined) return number < otherNumber;
    // Numbers are below words.
    if (number !== undefined || otherNumber !== undefined) return number !== undefined;
    return one < other;
  }
  return a.length < b.length;
}
