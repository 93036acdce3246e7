import { create } from '@bufbuild/protobuf';
import { connect } from '@busline/bus';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';

// Commits state with an event for some keys, and says so, for tests that kill it.
const bus = await connect({ name: 'committing' });
const store = await bus.openStore({ bucket: 'counters', schema: CountedSchema, outbox: true });
for (let n = 1; n <= Number(process.env.KEYS); n++) {
  await store.update(`k${n}`, (_, emit) => {
    emit(CountedSchema, { key: `k${n}`, number: 1n }, { id: `k${n}-1` });
    return create(CountedSchema, { key: `k${n}`, number: 1n });
  });
}
process.send?.({ type: 'committed' });
