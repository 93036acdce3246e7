import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { createMethodRecorder } from '../rpc/server/method-stats.ts';
import {
  infoResponse,
  type MicroService,
  microName,
  pingResponse,
  statsResponse,
} from './micro-responses.ts';

function orderService(): MicroService {
  const recorder = createMethodRecorder();
  recorder.ran(1.5, 0, undefined);
  recorder.ran(0.5, 1, new ConnectError('no such order', Code.NotFound));
  recorder.refused(new ConnectError('overloaded', Code.ResourceExhausted));
  const endpoint = {
    queueGroup: 'q',
    inputType: 'orders.v1.GetOrderRequest',
    outputType: 'orders.v1.GetOrderResponse',
    kind: 'unary',
    idempotency: 'NO_SIDE_EFFECTS',
  };
  const subject = 'rpc.u.orders.v1.OrderService';
  return {
    service: 'orders.v1.OrderService',
    id: '4f1c',
    version: '1.2.3',
    worker: 'orders',
    digest: 'sha256-00',
    startedAt: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
    load: { running: 3, waiting: 4 },
    endpoints: [
      { ...endpoint, method: 'GetOrder', subject: `${subject}.GetOrder`, stats: recorder.snapshot() },
      {
        ...endpoint,
        method: 'ListOrders',
        subject: `${subject}.ListOrders`,
        stats: createMethodRecorder().snapshot(),
      },
    ],
  };
}

const identity = {
  name: 'orders-v1-OrderService',
  id: '4f1c',
  version: '1.2.3',
  metadata: {
    'busline.service': 'orders.v1.OrderService',
    'busline.worker': 'orders',
    'busline.schema': 'sha256-00',
  },
};

/** As it arrives: JSON has no undefined and no Map. */
const arrived = (response: object): unknown => JSON.parse(JSON.stringify(response));

describe('the responses of NATS micro (ADR-32)', () => {
  it('PING', () => {
    expect(arrived(pingResponse(orderService()))).toEqual({
      type: 'io.nats.micro.v1.ping_response',
      ...identity,
    });
  });

  it('INFO', () => {
    const metadata = {
      'busline.kind': 'unary',
      'busline.input': 'orders.v1.GetOrderRequest',
      'busline.output': 'orders.v1.GetOrderResponse',
      'busline.idempotency': 'NO_SIDE_EFFECTS',
    };
    expect(arrived(infoResponse(orderService()))).toEqual({
      type: 'io.nats.micro.v1.info_response',
      ...identity,
      description: 'orders.v1.OrderService on Busline',
      endpoints: ['GetOrder', 'ListOrders'].map((name) => ({
        name,
        subject: `rpc.u.orders.v1.OrderService.${name}`,
        queue_group: 'q',
        metadata,
      })),
    });
  });

  it('STATS', () => {
    const load = { running: 3, waiting: 4 };
    expect(arrived(statsResponse(orderService()))).toEqual({
      type: 'io.nats.micro.v1.stats_response',
      ...identity,
      started: '2026-01-02T03:04:05.000Z',
      endpoints: [
        {
          name: 'GetOrder',
          subject: 'rpc.u.orders.v1.OrderService.GetOrder',
          queue_group: 'q',
          num_requests: 2,
          num_errors: 1,
          last_error: '8:overloaded',
          processing_time: 2_000_000,
          average_processing_time: 1_000_000,
          data: {
            refused: 1,
            ...load,
            stalls: 0,
            errors: { NOT_FOUND: 1 },
            histogram: { 36: 1, 43: 1 },
            queue_time: 1_000_000,
            queue_histogram: { 0: 1, 40: 1 },
          },
        },
        {
          name: 'ListOrders',
          subject: 'rpc.u.orders.v1.OrderService.ListOrders',
          queue_group: 'q',
          num_requests: 0,
          num_errors: 0,
          last_error: '',
          processing_time: 0,
          average_processing_time: 0,
          data: {
            refused: 0,
            ...load,
            stalls: 0,
            errors: {},
            histogram: {},
            queue_time: 0,
            queue_histogram: {},
          },
        },
      ],
    });
  });
});

describe('microName()', () => {
  // ADR-32 allows letters, digits, - and _.
  it.each([
    ['orders.v1.OrderService', 'orders-v1-OrderService'],
    ['my_pkg.v1.S', 'my_pkg-v1-S'],
    ['S', 'S'],
  ])('of %s is %s', (service, name) => {
    expect(microName(service)).toBe(name);
    expect(name).toMatch(/^[A-Za-z0-9_-]+$/);
  });
});
