import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './system/start-system.ts';
import { waitUntil } from './system/wait-until.ts';

/** "At once": far below every timeout there is, and above what a busy machine takes. */
const atOnceMs = 500;

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  await system?.stop();
});

const ready = () => system.send('GET /readyz');
const place = (orderId: string) =>
  system.send('POST /v1/orders', {
    body: { orderId, customerId: 'ada', lines: [{ sku: 'mug', quantity: 1 }], paymentToken: 'tok_visa' },
  });
const mugs = async () => ((await system.send('GET /v1/stock/mug')).json as { onHand: number }).onHand;
const restarts = () =>
  system.events.filter((event) => event.type === 'restarted' && event.process === 'nats').length;

describe('the broker dies', () => {
  it('is said at once and in the right words, and forgotten when it is back', async () => {
    expect(await place('before')).toMatchObject({ status: 200 });
    const [before, routes] = [await mugs(), (await system.send('GET /')).text];

    system.kill('nats');
    await waitUntil('the edge is not ready', async () => (await ready()).status === 503, atOnceMs);
    const unready = await ready();
    expect(unready.json).toEqual({ status: 'unready', reason: 'the bus is disconnected' });

    const answers = await Promise.all([
      place('during'),
      system.send('GET /v1/orders/before'),
      system.send('POST /orders.v1.OrderService/GetOrder', { body: { orderId: 'before' } }),
    ]);
    // These were down with the broker; had it come back before they were sent, this would be seen here.
    expect(restarts()).toBe(0);
    const info = { reason: 'DISCONNECTED', domain: 'busline' };
    for (const answer of answers.slice(0, 2)) {
      expect(answer).toMatchObject({
        status: 503,
        type: 'application/problem+json',
        json: { code: 'UNAVAILABLE', details: [info] },
      });
    }
    expect(answers[2]).toMatchObject({
      status: 503,
      type: 'application/json',
      json: { code: 'unavailable', details: [{ debug: info }] },
    });
    expect(Math.max(...answers.map(({ elapsedMs }) => elapsedMs))).toBeLessThan(atOnceMs);

    // The routes are the edge's own knowledge: at no time on the way back is there one less.
    const seen = new Set<string>();
    await waitUntil('the edge is ready again', async () => {
      seen.add((await system.send('GET /')).text);
      return restarts() === 1 && (await ready()).status === 200;
    });
    expect([...seen]).toEqual([routes]);
    // Each with an id of its own: an order that failed because of the outage stays failed.
    let tries = 0;
    await waitUntil('orders are placed again', async () => (await place(`after-${++tries}`)).status === 200);
    expect((await system.send('GET /')).text).toBe(routes);

    expect(await mugs()).toBe(before - 1);
    expect(await system.send('GET /v1/orders/before')).toMatchObject({ status: 200 });
    expect(await system.send('GET /v1/orders/during')).toMatchObject({ status: 404 });
  });
});
