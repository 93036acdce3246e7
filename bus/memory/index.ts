// A bus without a broker beside it, for tests of workers.
export type { FakeClock } from './fake-clock.ts';
export { useFakeClock } from './fake-clock.ts';
export type { MemoryBroker, MemoryBrokerOptions } from './memory-broker.ts';
export { createMemoryBroker } from './memory-broker.ts';
export type { MemoryBusOptions } from './open-memory-bus.ts';
export { openMemoryBus } from './open-memory-bus.ts';
