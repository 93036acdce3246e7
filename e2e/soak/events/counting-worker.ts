// A consumer in a process of its own. It notes each event in a file that all instances append to: what stands there
// was handled, in this order, even if the process is killed the moment after.
import { openSync, writeSync } from 'node:fs';
import { on, runWorker } from '@busline/bus';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { effectBucket, hasEffect } from './counted-events.ts';

const file = openSync(process.env.HANDLED_FILE as string, 'a');
const orderByKey = process.env.ORDER_BY_KEY === '1';

await runWorker({
  name: 'counting',
  version: '1.0.0',
  async events(bus) {
    const effects = await bus.openStore({ bucket: effectBucket, schema: CountedSchema });
    const options = {
      consumer: 'count',
      orderByKey,
      concurrency: 64,
      prefetch: 256,
      ackWaitMs: 1_000,
      firstDelayMs: 50,
    };
    return [
      on(CountedSchema, options, async (event, { id }) => {
        const { key, number } = event;
        if (hasEffect(key)) {
          await effects.updateOnce(key, id, (current) => ({
            ...event,
            number: (current?.number ?? 0n) + 1n,
          }));
        }
        writeSync(file, `${key} ${number}\n`);
      }),
    ];
  },
});
