import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

/** What is looked for, in words and for programs. */
export interface Kind {
  /** Such as `method`. */
  readonly one: string;
  readonly many: string;
  /** The command that lists them. */
  readonly list: string;
}

/** Candidates that are shown when there is more than one, or none. */
const maxShown = 8;

/**
 * The one name that `query` means: exactly, by its last parts, by some of its parts, by how they begin, by letters in it; the
 * first of these that finds something decides. Upper and lower case are the same.
 *
 * @throws CommandFailure with candidates, when there is none, or more than one.
 */
export function findByName(query: string, names: Iterable<string>, kind: Kind): string {
  const all = [...names];
  const found = matchNames(query, all);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw found.length === 0 ? unknown(query, all, kind) : ambiguous(query, found, kind);
}

/** All names that `query` means, by the first way that finds some. */
export function matchNames(query: string, names: readonly string[]): string[] {
  const asked = partsOf(query);
  const ways: ((name: string) => boolean)[] = [
    (name) => partsOf(name).join('.') === asked.join('.'),
    (name) => partsOf(name).slice(-asked.length).join('.') === asked.join('.'),
    (name) =>
      isInOrder(asked, partsOf(name), (part, wanted) => part === wanted || part === `${wanted}service`),
    (name) => isInOrder(asked, partsOf(name), (part, wanted) => part.startsWith(wanted)),
    (name) => partsOf(name).join('.').includes(asked.join('.')),
  ];
  for (const way of ways) {
    const found = names.filter(way);
    if (found.length > 0) return found;
  }
  return [];
}

function partsOf(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[./]/)
    .filter((part) => part !== '');
}

/** Whether each asked part is there, in order, the last one last. */
function isInOrder(
  asked: readonly string[],
  parts: readonly string[],
  fits: (part: string, wanted: string) => boolean,
): boolean {
  const last = asked.at(-1);
  if (last === undefined || !fits(parts.at(-1) ?? '', last)) return false;
  let at = 0;
  for (const wanted of asked.slice(0, -1)) {
    while (at < parts.length - 1 && !fits(parts[at] ?? '', wanted)) at++;
    if (at++ >= parts.length - 1) return false;
  }
  return true;
}

function ambiguous(query: string, found: readonly string[], { one, many }: Kind): CommandFailure {
  return new CommandFailure({
    code: `${one.toUpperCase()}_AMBIGUOUS`,
    exitCode: ExitCode.notFound,
    what: `"${query}" means more than one ${one}`,
    why: `${found.length} ${many} fit:\n${shownNames(found)}`,
    hint: 'say more of its name',
  });
}

function unknown(query: string, all: readonly string[], { one, many, list }: Kind): CommandFailure {
  const last = partsOf(query).at(-1) ?? '';
  const near = all
    .map((name) => ({ name, far: distance(last, partsOf(name).at(-1) ?? '') }))
    .filter(({ far }) => far <= Math.max(2, last.length / 3))
    .sort((a, b) => a.far - b.far)
    .map(({ name }) => name);
  const shown = near.length > 0 ? near.slice(0, 3) : all;
  return new CommandFailure({
    code: `${one.toUpperCase()}_UNKNOWN`,
    exitCode: ExitCode.notFound,
    what: `there is no ${one} "${query}"`,
    why:
      all.length === 0
        ? `there are no ${many} at all`
        : `${near.length > 0 ? 'similar' : `the ${many}`} are:\n${shownNames(shown)}`,
    hint: `${list} lists them all`,
  });
}

function shownNames(names: readonly string[]): string {
  const more = names.length > maxShown ? [`… ${names.length - maxShown} more`] : [];
  return [...names.slice(0, maxShown), ...more].join('\n');
}

/** Letters to insert, remove or change to make one word of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
