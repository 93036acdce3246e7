import { setTimeout as delay } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { type Bus, connect, faultReason, type Store } from '@busline/bus';
import { type Counted, CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import type { State } from './state.ts';

type Counters = Store<typeof CountedSchema>;

/** What stands before the URL of the broker whose KV has the state; without one it is that of the environment. */
export const kvScheme = 'kv:';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const bytesPerNumber = 4;

/**
 * State in KV: a counter for each key, whose every number was committed with its event; and the numbers that had an effect, in
 * the payload of an entry for each key, noted once for each event.
 */
export async function openKvState(location: string): Promise<State> {
  const servers = location.slice(kvScheme.length);
  const bus = await connect({ ...(servers !== '' && { servers }), name: 'state', logger: silent });
  const open = (bucket: string, by: Bus = bus, outbox = false): Promise<Counters> =>
    by.openStore({ bucket, schema: CountedSchema, outbox });
  const [handled, repeats] = [await open('handled'), await open('repeats')];
  const numbersOf = async (table: string): Promise<[key: string, numbers: number[]][]> => {
    const found: [string, number[]][] = [];
    for await (const { key, value } of (await open(table)).list()) {
      const numbers =
        table === 'handled' ? read(value) : Array.from({ length: Number(value.number) }, (_, at) => at + 1);
      found.push([key, numbers]);
    }
    return found;
  };
  return {
    async produce(producer) {
      const made = await open('made', producer, true);
      const makeNext = async (key: string): Promise<void> => {
        try {
          await made.update(key, (current, emit) => {
            const number = (current?.number ?? 0n) + 1n;
            emit(CountedSchema, { key, number }, { id: `${key}-${number}` });
            return create(CountedSchema, { key, number });
          });
        } catch (error) {
          // Nothing was written: as many wait as may.
          if (faultReason(error) !== 'OUTBOX_FULL') throw error;
          await delay(20);
        }
      };
      return { makeNext, waiting: async () => 0 };
    },
    async consume() {
      return async (cause, key, number) => {
        const { repeated } = await handled.updateOnce(key, cause.id, (current) =>
          withNumber(current, number),
        );
        if (repeated) await repeats.update('all', (current) => withNumber(current, number));
        return repeated;
      };
    },
    count: async (table) => (await numbersOf(table)).reduce((sum, [, numbers]) => sum + numbers.length, 0),
    read: async (table) =>
      (await numbersOf(table)).flatMap(([key, numbers]) => numbers.map((number) => `${key} ${number}`)),
    close: () => bus.drain(),
  };
}

function read({ payload }: Counted): number[] {
  const bytes = Buffer.from(payload);
  return Array.from({ length: bytes.length / bytesPerNumber }, (_, at) =>
    bytes.readUInt32BE(at * bytesPerNumber),
  );
}

function withNumber(current: Counted | undefined, number: bigint): Counted {
  const added = Buffer.alloc(bytesPerNumber);
  added.writeUInt32BE(Number(number));
  return create(CountedSchema, {
    number: (current?.number ?? 0n) + 1n,
    payload: new Uint8Array(Buffer.concat([current?.payload ?? Buffer.alloc(0), added])),
  });
}
