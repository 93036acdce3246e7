import { writeSync } from 'node:fs';
import { ConnectError } from '@connectrpc/connect';
import { type Bus, connect } from '../bus.ts';
import { defaultLogger } from '../connection/logger.ts';
import { faultReason } from '../errors/fault.ts';
import type { EventBinding } from '../events/consume/on.ts';
import type { ContractGate } from '../registry/gate/contract-gate.ts';
import { breakText } from '../registry/gate/refusal.ts';
import type { ServiceBinding } from '../rpc/server/implement.ts';
import { startTelemetry, type Telemetry } from '../telemetry/start-telemetry.ts';

/** A worker process: what it is called and what it serves. */
export interface WorkerDefinition {
  readonly name: string;
  readonly version: string;
  /**
   * What happens when a contract breaks the one that its fleet serves by: `refuse` (default), `warn` or `off`.
   * `BUSLINE_CONTRACT_GATE` in the environment comes first.
   */
  readonly contractGate?: ContractGate;
  /** Makes the services once the bus is there: opens stores, makes clients of other services. */
  services?(bus: Bus): readonly ServiceBinding[] | Promise<readonly ServiceBinding[]>;
  /** Makes the handlers of events, after the services. */
  events?(bus: Bus): readonly EventBinding[] | Promise<readonly EventBinding[]>;
}

/** What a process that started a worker hears over its IPC channel. */
export interface ReadyNotice {
  readonly type: 'ready';
  readonly instance: string;
  /** What whoever started the worker should know of, in words: what its contract breaks. */
  readonly warnings?: readonly string[];
}

/** Exit code of a worker whose contract breaks that of its fleet: EX_PROTOCOL of BSD's sysexits. Starting it again cannot help. */
export const contractBrokenExitCode = 76;

/**
 * Runs a worker process: connects (`NATS_URL`), serves, tells the parent process that it is ready, and on SIGTERM,
 * SIGINT or the parent's end leaves without losing a call. Exits with 0 after a drain, with 76 when its contract breaks
 * that of its fleet, with 1 when it could not start for another reason.
 */
export async function runWorker(definition: WorkerDefinition): Promise<void> {
  const { name, version, contractGate } = definition;
  const logger = defaultLogger(name);
  let bus: Bus | undefined;
  let telemetry: Telemetry | undefined;
  let leaving = false;

  const leave = async (why: string): Promise<void> => {
    if (leaving) return;
    leaving = true;
    logger.info({ why }, 'leaving: finishing the calls under way');
    try {
      await bus?.drain();
      await telemetry?.stop();
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

  let warnings: readonly string[] = [];
  try {
    telemetry = startTelemetry({ service: name, version, log: logger, env: process.env });
    bus = await connect({ name, logger });
    await telemetry.attach(bus);
    const services = (await definition.services?.(bus)) ?? [];
    const events = (await definition.events?.(bus)) ?? [];
    const gate = contractGate === undefined ? {} : { contractGate };
    const worker = await bus.serve({ name, version, services, events, ...gate });
    warnings = worker.contractBreaks.map(
      (found) => `it joined all the same, but its contract breaks\n${breakText(found)}`,
    );
  } catch (error) {
    if (error instanceof ConnectError && faultReason(error) === 'CONTRACT_BROKEN') {
      // In plain text: a list of changes is for people, and unreadable as one line of JSON.
      writeSync(process.stderr.fd, `${error.rawMessage}\n`);
      logger.error(
        { code: 'CONTRACT_BROKEN' },
        'the worker does not join: its contract breaks that of its fleet',
      );
      process.exit(contractBrokenExitCode);
    }
    logger.error({ err: error }, 'the worker could not start');
    process.exit(1);
  }
  logger.info({ instance: bus.instance, version }, 'serving');
  const notice: ReadyNotice = { type: 'ready', instance: bus.instance, warnings };
  process.send?.(notice);
}
