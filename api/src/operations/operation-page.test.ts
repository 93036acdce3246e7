import { create } from '@bufbuild/protobuf';
import {
  type OperationRecord,
  OperationRecordSchema,
  State,
} from '@busline/schemas/busline/durable/v1/operation';
import { describe, expect, it } from 'vitest';
import { readPage } from './operation-page.ts';

const record = (n: number): OperationRecord =>
  create(OperationRecordSchema, {
    id: n.toString(16).padStart(32, '0'),
    state: n % 2 === 0 ? State.DONE : State.RUNNING,
    createTime: { seconds: BigInt(1000 + Math.floor(n / 2)) },
  });

/** In no order. */
async function* all(): AsyncIterable<OperationRecord> {
  for (const n of [3, 0, 5, 1, 4, 2]) yield record(n);
}
const numbers = (records: readonly OperationRecord[]) => records.map(({ id }) => Number.parseInt(id, 16));
const everything = { filter: '', pageSize: 0, pageToken: '' };

describe('readPage()', () => {
  it('has the newest first', async () => {
    const page = await readPage(all(), everything);
    expect(numbers(page.records)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(page.nextPageToken).toBe('');
  });

  it('goes on where the last page ended', async () => {
    const seen: number[] = [];
    let pageToken = '';
    do {
      const page = await readPage(all(), { ...everything, pageSize: 4, pageToken });
      seen.push(...numbers(page.records));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual([5, 4, 3, 2, 1, 0]);
  });

  it.each([
    ['done=true', [4, 2, 0]],
    [' done = false ', [5, 3, 1]],
  ])('filters by %s', async (filter, expected) => {
    expect(numbers((await readPage(all(), { ...everything, filter })).records)).toEqual(expected);
  });

  it.each([
    ['a filter', { filter: 'name=x' }, /filter "name=x" is not known/],
    ['a size', { pageSize: -1 }, /page_size/],
    ['a token', { pageToken: 'x' }, /page_token/],
  ])('refuses %s that cannot be used', async (_, request, message) => {
    await expect(readPage(all(), { ...everything, ...request })).rejects.toThrow(message);
  });
});
