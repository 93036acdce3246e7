// Has an effect in its own database for each event: once, by its inbox.
import { on, runWorker } from '@busline/bus';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { openState } from './state.ts';

const state = await openState(process.env.CONSUMER_STATE as string);
const handleOnce = await state.consume();

await runWorker({
  name: 'consumer',
  version: '1.0.0',
  events: () => [
    on(
      CountedSchema,
      // As many attempts as it takes: a kill counts as one.
      { consumer: 'soak', ackWaitMs: 1_000, maxAttempts: 1_000 },
      ({ key, number }, context) => handleOnce(context, key, number),
    ),
  ],
});
