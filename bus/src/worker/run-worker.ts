import { type Bus, connect } from '../bus.ts';
import { defaultLogger } from '../connection/logger.ts';
import type { ServiceBinding } from '../rpc/server/implement.ts';

/** A worker process: what it is called and what it serves. */
export interface WorkerDefinition {
  readonly name: string;
  readonly version: string;
  /** Makes the services once the bus is there: opens stores, makes clients of other services. */
  services(bus: Bus): readonly ServiceBinding[] | Promise<readonly ServiceBinding[]>;
}

/** What a process that started a worker hears over its IPC channel. */
export interface ReadyNotice {
  readonly type: 'ready';
  readonly instance: string;
}

/**
 * Runs a worker process: connects (`NATS_URL`), serves, tells the parent process that it is ready, and on SIGTERM,
 * SIGINT or the parent's end leaves without losing a call. Exits with 0 after a drain, with 1 when it could not
 * start.
 */
export async function runWorker(definition: WorkerDefinition): Promise<void> {
  const { name, version } = definition;
  const logger = defaultLogger(name);
  let bus: Bus | undefined;
  let leaving = false;

  const leave = async (why: string): Promise<void> => {
    if (leaving) return;
    leaving = true;
    logger.info({ why }, 'leaving: finishing the calls under way');
    try {
      await bus?.drain();
    } catch (error) {
      logger.error({ err: error }, 'the worker did not leave cleanly');
      process.exitCode = 1;
    }
    process.exit();
  };
  process.on('SIGTERM', () => void leave('SIGTERM'));
  process.on('SIGINT', () => void leave('SIGINT'));
  // A supervisor that was killed cannot send a signal; its end closes the channel.
  process.once('disconnect', () => void leave('the parent process ended'));

  try {
    bus = await connect({ name, logger });
    const services = await definition.services(bus);
    await bus.serve({ name, version, services });
  } catch (error) {
    logger.error({ err: error }, 'the worker could not start');
    process.exit(1);
  }
  logger.info({ instance: bus.instance, version }, 'serving');
  const notice: ReadyNotice = { type: 'ready', instance: bus.instance };
  process.send?.(notice);
}
