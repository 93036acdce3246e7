import { type Bus, connect } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
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
    await bus.applyStreams(await bus.planStreams([OrderPlacedSchema, OrderCancelledSchema]));
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

  it('are none for a customer of whom nothing is known', async () => {
    expect(await texts('nobody')).toEqual([]);
  });
});
