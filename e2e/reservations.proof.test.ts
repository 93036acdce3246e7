import { setTimeout as delay } from 'node:timers/promises';
import { faultReason, retryAfterMs } from '@busline/bus';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { InventoryService, ReservationState } from '@busline/schemas/inventory/v1/inventory';
import { type Client, ConnectError, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './system/start-system.ts';

const sku = 'ticket';
const seats = 1_000;
const buyers = 10_000;

let system: System;
let inventory: Client<typeof InventoryService>;
beforeAll(async () => {
  system = await startSystem({ workers: { inventory: 2, orders: 0, payments: 0, greeter: 0 } });
  inventory = createClient(InventoryService, (await system.joinBus()).transport({ timeoutMs: 30_000 }));
  const unitPrice = { currencyCode: 'EUR', units: 1n };
  await inventory.setStock({ sku, displayName: 'Ticket', onHand: seats, unitPrice });
});
afterAll(async () => {
  await system?.stop();
});

interface Outcome {
  /** `HELD`, or the reason of the error. */
  readonly what: string;
  readonly error?: ConnectError;
}

async function reserve(buyer: number): Promise<Outcome> {
  try {
    const { state } = await inventory.reserveStock({
      reservationId: `r-${buyer}`,
      lines: [{ sku, quantity: 1 }],
    });
    return { what: state === ReservationState.HELD ? 'HELD' : `state ${state}` };
  } catch (thrown) {
    const error = ConnectError.from(thrown);
    const reason = error.findDetails(ErrorInfoSchema)[0]?.reason;
    return { what: faultReason(error) ?? reason ?? error.message, error };
  }
}

/** As a patient caller does: whoever is told to come back later comes back with the same id, each time later still. */
async function reservePatiently(buyer: number, first: Outcome): Promise<Outcome> {
  let outcome = first;
  for (let times = 0; outcome.what === 'OVERLOADED'; times++) {
    const pushbackMs = outcome.error === undefined ? undefined : retryAfterMs(outcome.error);
    await delay((pushbackMs ?? 50) * 2 ** times * (1 + Math.random()));
    outcome = await reserve(buyer);
  }
  return outcome;
}

function count(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { what } of outcomes) counts[what] = (counts[what] ?? 0) + 1;
  return counts;
}

describe('10,000 reservations of 1,000 items at once', () => {
  it('succeed exactly 1,000 times', { timeout: 60_000 }, async () => {
    const first = await Promise.all(Array.from({ length: buyers }, (_, buyer) => reserve(buyer)));
    const { HELD = 0, OUT_OF_STOCK = 0, OVERLOADED = 0, ...others } = count(first);
    // Sold, sold out, or told at once to come back later: nobody is left without an answer, or with another one.
    expect(others).toEqual({});
    expect(HELD).toBeGreaterThan(0);
    expect(HELD).toBeLessThanOrEqual(seats);
    expect(HELD + OUT_OF_STOCK + OVERLOADED).toBe(buyers);
    expect(await inventory.getStock({ sku })).toMatchObject({ reserved: HELD, available: seats - HELD });

    const last = await Promise.all(first.map((outcome, buyer) => reservePatiently(buyer, outcome)));
    expect(count(last)).toEqual({ HELD: seats, OUT_OF_STOCK: buyers - seats });
    expect(await inventory.getStock({ sku })).toMatchObject({ onHand: seats, reserved: seats, available: 0 });
  });
});
