import type { StoredMsg } from '@nats-io/jetstream';
import { encodeHeaderBlock, headerLine, headerPreamble } from '../../wire/header-block.ts';

/** Fields that the broker adds when a message is fetched by its place. */
const addedOnFetch: ReadonlySet<string> = new Set([
  'Nats-Stream',
  'Nats-Sequence',
  'Nats-Subject',
  'Nats-Time-Stamp',
]);

/** The header block of a message that was fetched by its place, as its publisher wrote it. */
export function storedHead({ header }: Pick<StoredMsg, 'header'>): Uint8Array {
  let lines = headerPreamble;
  for (const name of header.keys()) {
    if (addedOnFetch.has(name)) continue;
    for (const value of header.values(name)) lines += headerLine(name, value);
  }
  return encodeHeaderBlock(lines);
}
