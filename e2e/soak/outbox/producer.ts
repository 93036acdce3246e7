// Commits state and event together, as fast as its outbox empties, until it is killed or told to stop. One row of
// state is one event.
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@busline/bus';
import { openState } from './state.ts';

const keyCount = 20;
/** Events that may wait, so that a kill finds some, and the end comes soon after the last. */
const mostWaiting = 200;
/** Transactions at once, where the database can. */
const lanes = 4;

const state = await openState(process.env.PRODUCER_STATE as string);
const { makeNext, waiting } = await state.produce(await connect({ name: 'producer' }));

let producing = true;
process.on('message', () => {
  producing = false;
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });

let turn = 0;
await Promise.all(
  Array.from({ length: lanes }, async () => {
    while (producing) {
      await makeNext(`k${turn % keyCount}`);
      turn++;
      if (turn % 10 !== 0) continue;
      do await delay(5);
      while ((await waiting()) > mostWaiting);
    }
  }),
);
