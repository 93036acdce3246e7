import type { OutboxRow } from './outbox-row.ts';

/** What became of some rows. Those in neither list were not tried, and stay as they are. */
export interface RowsPublished {
  /** The broker has them. */
  readonly stored: readonly OutboxRow[];
  readonly failed: readonly { readonly row: OutboxRow; readonly error: unknown }[];
}

export interface PublishRowsOptions {
  /** Events without an acknowledgement at any time. */
  readonly window: number;
  /** Resolves when the broker has the event. */
  send(row: OutboxRow): Promise<unknown>;
  /** Whether anything more may be sent; asked before each event, with the last failure. */
  mayGoOn(lastError: unknown): boolean;
}

/**
 * Publishes rows with a window. Rows of a lane go one after another, and none of it after one that failed; lanes do not
 * wait for each other.
 */
export async function publishRows(
  rows: readonly OutboxRow[],
  { window, send, mayGoOn }: PublishRowsOptions,
): Promise<RowsPublished> {
  const stored: OutboxRow[] = [];
  const failed: { row: OutboxRow; error: unknown }[] = [];
  let lastError: unknown;
  // Shared by those who send: each takes the lane that is next.
  const lanes = lanesOf(rows).values();
  const sendLanes = async (): Promise<void> => {
    for (const lane of lanes) {
      for (const row of lane) {
        if (!mayGoOn(lastError)) return;
        try {
          await send(row);
          stored.push(row);
        } catch (error) {
          lastError = error;
          failed.push({ row, error });
          break;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(window, rows.length) }, sendLanes));
  return { stored, failed };
}

/** Rows by lane, both in order. */
function lanesOf(rows: readonly OutboxRow[]): OutboxRow[][] {
  const byName = new Map<string, OutboxRow[]>();
  const lanes: OutboxRow[][] = [];
  for (const row of rows) {
    const known = row.lane === undefined ? undefined : byName.get(row.lane);
    if (known !== undefined) {
      known.push(row);
      continue;
    }
    const lane = [row];
    lanes.push(lane);
    if (row.lane !== undefined) byName.set(row.lane, lane);
  }
  return lanes;
}
