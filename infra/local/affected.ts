/** What has to happen because files changed. */
export interface Affected {
  /** Workers to reload, by folder name; `'all'` of them. */
  readonly workers: 'all' | ReadonlySet<string>;
  readonly edge: boolean;
  /** The contracts changed: generate first, which then changes generated files. */
  readonly contracts: boolean;
  /** Files below schemas/gen/ that changed: whoever reads them is to be reloaded. */
  readonly generated: ReadonlySet<string>;
}

/** Paths are relative to the repository's root, with `/` between folders. */
export function affectedBy(paths: Iterable<string>): Affected {
  const workers = new Set<string>();
  let all = false;
  let edge = false;
  let contracts = false;
  const generated = new Set<string>();
  for (const path of paths) {
    if (isIgnored(path)) continue;
    const [top = '', second = '', ...rest] = path.split('/');
    if (isContract(path)) contracts = true;
    else if (top === 'workers' && rest.length > 0) workers.add(second);
    else if (top === 'schemas' && second === 'gen') generated.add(path);
    else if (top === 'bus') all = true;
    else if (top === 'api') edge = true;
  }
  return { workers: all ? 'all' : workers, edge: edge || all, contracts, generated };
}

export function isNothing({ workers, edge, contracts, generated }: Affected): boolean {
  return !edge && !contracts && generated.size === 0 && workers !== 'all' && workers.size === 0;
}

function isContract(path: string): boolean {
  return /^schemas\/.+\.proto$/.test(path) || path === 'buf.yaml' || path === 'buf.gen.yaml';
}

/** What no running process reads: tests, and what editors and tools leave behind. */
function isIgnored(path: string): boolean {
  return (
    /\.test\.ts$|(^|\/)(test|testing|node_modules)\//.test(path) ||
    /(^|\/)\.|~$/.test(path) ||
    !/\.(ts|json|proto|yaml)$/.test(path)
  );
}
