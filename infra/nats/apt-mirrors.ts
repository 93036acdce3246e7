/** One suite of one mirror that apt is configured to use. */
export interface AptSuite {
  readonly mirror: string;
  readonly suite: string;
}

/**
 * Reads the output of `apt-get update --print-uris`: one line per index, quoted URI first, for example
 * `'http://mirror.example/debian/dists/bookworm/InRelease' mirror.example_… 0`. Asking apt this way leaves
 * both of its source formats, included files and proxies to apt.
 */
export function parsePrintedUris(output: string): AptSuite[] {
  const suites: AptSuite[] = [];
  for (const line of output.split('\n')) {
    const match = /^'(.+)\/dists\/([^']+)\/InRelease'/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined)
      suites.push({ mirror: match[1], suite: match[2] });
  }
  return suites;
}

/**
 * The mirrors among them that carry Debian itself: those configured for the running release, or for a suite only
 * Debian has. A security or third-party archive has no `unstable`.
 */
export function debianMirrors(suites: readonly AptSuite[], codename: string): string[] {
  const own = new Set([codename, 'stable', 'testing', 'unstable', 'sid']);
  return [...new Set(suites.filter(({ suite }) => own.has(suite)).map(({ mirror }) => mirror))];
}

/** Reads one value of /etc/os-release (`NAME=value` or `NAME="value"`). */
export function osReleaseValue(text: string, name: string): string | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}=`));
  return line?.slice(name.length + 1).replace(/^"(.*)"$/, '$1');
}
