import type { OperationRecord } from '@busline/schemas/busline/durable/v1/operation';
import { State } from '@busline/schemas/busline/durable/v1/operation';
import { Code, ConnectError } from '@connectrpc/connect';

/** What is asked of a list of operations. */
export interface PageRequest {
  /** Empty, `done=true` or `done=false`. */
  readonly filter: string;
  /** 0 for the default. */
  readonly pageSize: number;
  readonly pageToken: string;
}

/** Some operations, the newest first. */
export interface OperationPage {
  readonly records: readonly OperationRecord[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

const defaultPageSize = 50;
const maxPageSize = 200;

/**
 * Picks one page from all operations of a caller. It holds no more than the page in memory, however many there are.
 *
 * @throws ConnectError INVALID_ARGUMENT for a filter, size or token that cannot be used.
 */
export async function readPage(
  all: AsyncIterable<OperationRecord>,
  { filter, pageSize, pageToken }: PageRequest,
): Promise<OperationPage> {
  if (pageSize < 0) throw invalid(`page_size must not be negative, and is ${pageSize}`);
  const size = Math.min(pageSize || defaultPageSize, maxPageSize);
  const wanted = filterOf(filter);
  const after = pageToken === '' ? undefined : readToken(pageToken);
  const page: { readonly place: string; readonly record: OperationRecord }[] = [];
  for await (const record of all) {
    const place = placeOf(record);
    if (!wanted(record) || (after !== undefined && place >= after)) continue;
    const index = page.findIndex((other) => other.place < place);
    page.splice(index < 0 ? page.length : index, 0, { place, record });
    if (page.length > size + 1) page.pop();
  }
  const more = page.length > size;
  const last = page[size - 1];
  return {
    records: page.slice(0, size).map(({ record }) => record),
    nextPageToken: more && last !== undefined ? Buffer.from(last.place).toString('base64url') : '',
  };
}

/** Grows with the time of creation; the id tells apart what was created at once. */
function placeOf({ createTime, id }: OperationRecord): string {
  const seconds = String(createTime?.seconds ?? 0).padStart(12, '0');
  return `${seconds}.${String(createTime?.nanos ?? 0).padStart(9, '0')}.${id}`;
}

function readToken(token: string): string {
  const place = Buffer.from(token, 'base64url').toString('latin1');
  if (/^[0-9]{12}\.[0-9]{9}\.[0-9a-f]{32}$/.test(place)) return place;
  throw invalid('page_token is none that a list of operations gave');
}

function filterOf(filter: string): (record: OperationRecord) => boolean {
  const stated = /^\s*done\s*=\s*(true|false)\s*$/.exec(filter)?.[1];
  if (stated !== undefined) return ({ state }) => (state === State.DONE) === (stated === 'true');
  if (filter.trim() === '') return () => true;
  throw invalid(`filter ${JSON.stringify(filter)} is not known here; use "done=true" or "done=false"`);
}

function invalid(message: string): ConnectError {
  return new ConnectError(message, Code.InvalidArgument);
}
