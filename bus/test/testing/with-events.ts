import type { DescMessage } from '@bufbuild/protobuf';
import type { Bus } from '@busline/bus';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { applyStreams, withManager } from '../event-streams.ts';
import { type System, startSystem } from '../system.ts';

/**
 * Gives the tests of a group a broker, and each of them a bus with the streams of these events. Whatever streams there
 * are at the end of a test, those of buckets among them, are gone before the next.
 */
export function withEvents(
  events: readonly DescMessage[],
  onBegin: (begun: { readonly system: System; readonly bus: Bus }) => void,
): void {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  beforeEach(async () => {
    const bus = await system.connect();
    await applyStreams(bus, ...events);
    onBegin({ system, bus });
  });
  afterEach(async () => {
    await system.reset();
    await withManager(system.nats.url, async (manager) => {
      for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
    });
  });
  afterAll(() => system.close());
}
