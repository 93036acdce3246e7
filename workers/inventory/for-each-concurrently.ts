/**
 * Runs `work` for every item, begun in their order, at most `limit` at once; the next item is taken only when there is
 * room for it. Resolves when all have ended. When the work on one fails, or the items do, no more is begun, and the
 * function rejects with the first error once what is under way has ended.
 */
export async function forEachConcurrently<T>(
  items: AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const errors: unknown[] = [];
  const run = async (item: T): Promise<void> => {
    try {
      await work(item);
    } catch (error) {
      errors.push(error);
    }
  };
  try {
    for await (const item of items) {
      if (errors.length > 0) {
        break;
      }
      const done = run(item).then(() => {
        underWay.delete(done);
      });
      underWay.add(done);
      if (underWay.size >= limit) {
        await Promise.race(underWay);
      }
    }
  } catch (error) {
    errors.push(error);
  }
  await Promise.all(underWay);
  if (errors.length > 0) {
    throw errors[0];
  }
}
