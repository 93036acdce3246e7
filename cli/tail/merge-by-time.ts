import { setTimeout as delay } from 'node:timers/promises';

/** What comes of reading one source: a value, its end, or why it cannot be read. */
interface Source<T> {
  readonly iterator: AsyncIterator<T>;
  head: IteratorResult<T> | undefined;
  reading: Promise<void> | undefined;
  failure: { readonly error: unknown } | undefined;
  /** Whether it had nothing to give for a while; nobody waits for it then. */
  quiet: boolean;
}

/**
 * The items of several sources, each in order, as one: the earliest first. A source that has nothing to give for `quietMs`
 * is not waited for until it gives something again, so that what is followed comes at once. Holds one item of each.
 *
 * @param timeOf In milliseconds; undefined for what has no time and comes as soon as it is read.
 */
export async function* mergeByTime<T>(
  iterables: readonly AsyncIterable<T>[],
  timeOf: (item: T) => number | undefined,
  quietMs: number,
): AsyncGenerator<T> {
  const sources: Source<T>[] = iterables.map((iterable) => ({
    iterator: iterable[Symbol.asyncIterator](),
    head: undefined,
    reading: undefined,
    failure: undefined,
    quiet: false,
  }));
  for (;;) {
    const open = sources.filter(({ head }) => head?.done !== true);
    if (open.length === 0) return;
    for (const source of open) if (source.head === undefined) source.reading ??= read(source);
    const awaited = open.filter(({ head, quiet }) => head === undefined && !quiet);
    const ready = open.filter(({ head }) => head !== undefined);
    const [first, ...others] = ready;
    if (awaited.length > 0 || first === undefined) {
      await someHead(open, ready.length > 0 ? quietMs : undefined, awaited);
      continue;
    }
    const earliest = others.reduce(
      (best, one) => (time(one, timeOf) < time(best, timeOf) ? one : best),
      first,
    );
    const { head } = earliest;
    earliest.head = undefined;
    if (head !== undefined) yield head.value;
  }
}

async function read<T>(source: Source<T>): Promise<void> {
  try {
    source.head = await source.iterator.next();
  } catch (error) {
    source.failure = { error };
  }
  source.reading = undefined;
  source.quiet = false;
}

/** Waits until a source has something, or ended; where something is there already, at most `quietMs`. */
async function someHead<T>(
  open: readonly Source<T>[],
  quietMs: number | undefined,
  awaited: readonly Source<T>[],
): Promise<void> {
  const timer = new AbortController();
  const readings = open.flatMap(({ reading }) => (reading === undefined ? [] : [reading]));
  const silence =
    quietMs === undefined
      ? []
      : [
          delay(quietMs, undefined, { signal: timer.signal }).then(
            () => {
              for (const source of awaited) source.quiet = true;
            },
            () => {},
          ),
        ];
  await Promise.race([...readings, ...silence]);
  timer.abort();
  const failed = open.find(({ failure }) => failure !== undefined);
  if (failed?.failure !== undefined) throw failed.failure.error;
}

function time<T>({ head }: Source<T>, timeOf: (item: T) => number | undefined): number {
  return head === undefined ? Number.POSITIVE_INFINITY : (timeOf(head.value) ?? Number.NEGATIVE_INFINITY);
}
