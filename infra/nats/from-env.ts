import type { FindStep } from './find-step.ts';
import { inspectServer } from './server-version.ts';

/** `NATS_SERVER_BIN`. A value that does not work is an error: whoever set it expects that server and no other. */
export const fromEnv: FindStep = {
  name: 'NATS_SERVER_BIN',
  async find({ env }) {
    const path = env.NATS_SERVER_BIN;
    if (path === undefined || path === '') return { skipped: 'not set' };
    const outcome = await inspectServer(path);
    if ('skipped' in outcome) {
      throw new NatsServerBinError(outcome.skipped);
    }
    return outcome;
  },
};

/** Ends the search: the operator named a server and it cannot be used. */
export class NatsServerBinError extends Error {
  override readonly name = 'NatsServerBinError';

  constructor(why: string) {
    super(`NATS_SERVER_BIN cannot be used: ${why}. Correct it, or unset it to let busline find a server.`);
  }
}
