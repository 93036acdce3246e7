import { describe, expect, it } from 'vitest';
import { CommandFailure } from '../program/command-failure.ts';
import { findByName } from './find-by-name.ts';

const methods = [
  'greet.v1.GreetService/SayHello',
  'orders.v1.OrderService/GetOrder',
  'orders.v1.OrderService/PlaceOrder',
  'orders.v2.OrderService/PlaceOrder',
  'payments.v1.PaymentService/GetPayment',
  'inventory.v1.InventoryService/GetStock',
  'inventory.v1.InventoryService/SetStock',
];
const kind = { one: 'method', many: 'methods', list: 'busline schema ls' };
const find = (query: string) => findByName(query, methods, kind);

describe('findByName()', () => {
  it.each([
    ['greet.v1.GreetService/SayHello', 'greet.v1.GreetService/SayHello'],
    ['greet.v1.GreetService.SayHello', 'greet.v1.GreetService/SayHello'],
    ['sayhello', 'greet.v1.GreetService/SayHello'],
    ['OrderService/GetOrder', 'orders.v1.OrderService/GetOrder'],
    ['orders.GetOrder', 'orders.v1.OrderService/GetOrder'],
    ['order.getorder', 'orders.v1.OrderService/GetOrder'],
    ['v2.PlaceOrder', 'orders.v2.OrderService/PlaceOrder'],
    ['inv.set', 'inventory.v1.InventoryService/SetStock'],
    ['hello', 'greet.v1.GreetService/SayHello'],
  ])('takes %s for %s', (query, name) => {
    expect(find(query)).toBe(name);
  });

  it('does not choose among several, and names them', () => {
    expect(() => find('PlaceOrder')).toThrow(CommandFailure);
    expect(failureOf('PlaceOrder')).toMatchObject({
      code: 'METHOD_AMBIGUOUS',
      exitCode: 4,
      why: '2 methods fit:\norders.v1.OrderService/PlaceOrder\norders.v2.OrderService/PlaceOrder',
    });
  });

  it('suggests what is similar', () => {
    expect(failureOf('orders.GetOder')).toMatchObject({
      code: 'METHOD_UNKNOWN',
      why: 'similar are:\norders.v1.OrderService/GetOrder',
      hint: 'busline schema ls lists them all',
    });
  });
});

function failureOf(query: string): unknown {
  try {
    return find(query);
  } catch (error) {
    return error instanceof CommandFailure ? error.parts : error;
  }
}
