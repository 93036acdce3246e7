import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FoundServer, type NatsServer, startNatsServer } from '@busline/infra/nats';

/** A broker of its own for one measurement; `cleanup` ends it and takes its files away. */
export async function startBroker(
  natsServer: FoundServer,
  cleanup: AsyncDisposableStack,
): Promise<NatsServer> {
  const directory = await mkdtemp(join(tmpdir(), 'busline-bench-'));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const broker = await startNatsServer({ directory, server: natsServer, config: { port: 0 } });
  cleanup.defer(() => broker.stop());
  return broker;
}
