// A worker in a process of its own. Each piece of work counts its account up by one, under the id of its operation, and
// answers with a text that no other run would answer with.
import { randomUUID } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { implement, operation, runWorker } from '@busline/bus';
import { WorkService } from '@busline/schemas/busline/bench/v1/durable';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { accountBucket, accountOf } from './accounts.ts';

const file = openSync(process.env.RUNS_FILE as string, 'a');

await runWorker({
  name: 'working',
  version: '1.0.0',
  async services(bus) {
    const accounts = await bus.openStore({ bucket: accountBucket, schema: CountedSchema });
    return [
      implement(WorkService, {
        async work({ text }, context) {
          const running = operation(context);
          if (running === undefined) throw new Error('the call was not stored');
          writeSync(file, `${text}\n`);
          // Time to be killed in, before the effect and after it.
          await delay(Number(text) % 5);
          const key = accountOf(Number(text));
          await accounts.updateOnce(key, running.id, (current) => ({
            ...(current ?? {
              $typeName: CountedSchema.typeName,
              payload: new Uint8Array(0),
              publishedUs: 0n,
            }),
            key,
            number: (current?.number ?? 0n) + 1n,
          }));
          await delay(Number(text) % 3);
          return { text: randomUUID(), attempt: running.attempt };
        },
      }),
    ];
  },
});
