import { type Bus, connect } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { SalesReportDueSchema } from '@busline/schemas/notifications/v1/events';
import { NotificationService } from '@busline/schemas/notifications/v1/notifications';
import { OrderCancelledSchema, OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import type { Client } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { events } from './events.ts';
import { services } from './services.ts';

describe('notifications', () => {
  let nats: TestNats;
  let bus: Bus;
  let notifications: Client<typeof NotificationService>;
  beforeAll(async () => {
    nats = await startNats();
    bus = await connect({ servers: nats.url });
    await bus.applyStreams(
      await bus.planStreams([OrderPlacedSchema, OrderCancelledSchema, SalesReportDueSchema]),
    );
    await bus.serve({
      name: 'notifications',
      version: '1.0.0',
      services: await services(bus),
      events: await events(bus),
    });
    notifications = bus.client(NotificationService);
  });
  afterAll(async () => {
    await bus?.drain();
    await nats?.stop();
  });

  const texts = async (customerId: string) => {
    const { notifications: told } = await notifications.listNotifications({ customerId });
    return told.map(({ text }) => text);
  };

  it('are made of events, in their order, once each', async () => {
    const order = { orderId: 'o1', customerId: 'ada lovelace' };
    await bus.publish(OrderPlacedSchema, order, { id: 'o1:placed' });
    await bus.publish(OrderCancelledSchema, order, { id: 'o1:cancelled' });
    await bus.publish(OrderPlacedSchema, { ...order, orderId: 'o2' }, { id: 'o2:placed' });
    await expect.poll(() => texts('ada lovelace'), { timeout: 10_000 }).toHaveLength(3);
    const told = await texts('ada lovelace');
    expect(told.filter((text) => text.includes('o1'))).toEqual([
      'Your order o1 is on its way.',
      'Your order o1 was cancelled.',
    ]);
  });

  it('include a report of the sales of a day, made the night after', async () => {
    expect(await bus.schedules()).toMatchObject([
      { name: 'nightly-sales-report', timing: { cron: '5 0 * * *', timeZone: 'Europe/Berlin' } },
    ]);
    const time = new Date('2026-10-02T12:00:00Z');
    const total = { currencyCode: 'EUR', units: 4n, nanos: 900_000_000 };
    for (const orderId of ['s1', 's2']) {
      await bus.publish(
        OrderPlacedSchema,
        { orderId, customerId: 'bob', total },
        { id: `${orderId}:placed`, time },
      );
    }
    await expect.poll(() => texts('bob'), { timeout: 10_000 }).toHaveLength(2);
    const reports = async () => (await notifications.listSalesReports({})).reports;
    expect(await reports()).toEqual([]);
    await bus.publish(SalesReportDueSchema, {}, { time: new Date('2026-10-02T22:05:00Z') });
    await expect.poll(reports, { timeout: 10_000 }).toHaveLength(1);
    expect(await reports()).toMatchObject([
      { day: '2026-10-02', orders: 2, totals: [{ currencyCode: 'EUR', units: 9n, nanos: 800_000_000 }] },
    ]);
  });

  it('are none for a customer of whom nothing is known', async () => {
    expect(await texts('nobody')).toEqual([]);
  });
});
