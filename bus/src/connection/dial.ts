import { setTimeout as delay } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/nats-core';
import { NatsConnectionImpl, setTransportFactory } from '@nats-io/nats-core/internal';
import { nodeResolveHost } from '@nats-io/transport-node/lib/node_transport.js';
import { fault } from '../errors/fault.ts';
import { FrameTransport, type FrameTransportOptions, type MessageSink } from './frame-transport.ts';
import { createMessageDelivery } from './message-delivery.ts';
import type { CompleteOptions } from './options.ts';

/** Time between attempts to reconnect, in milliseconds, each with as much jitter: a broker's restart must not be met by everyone at once. */
const reconnectWaitMs = 250;

/** Pings that notice a dead network; a dead broker process closes the socket at once. */
const pingIntervalMs = 10_000;

/** Longest wait for one attempt. */
const attemptTimeoutMs = 2_000;

/**
 * Connects, trying again until `connectTimeoutMs` has passed: at the start of a whole system the broker may come
 * up after its clients. Once connected, the client reconnects for ever.
 *
 * @throws ConnectError DISCONNECTED naming the servers and the last error.
 */
export async function dialBroker(options: CompleteOptions): Promise<NatsConnection> {
  const giveUpAtMs = performance.now() + options.connectTimeoutMs;
  const messageSink: MessageSink = { deliver: undefined };
  for (;;) {
    const leftMs = giveUpAtMs - performance.now();
    try {
      // The client keeps one factory for all its connections. Whoever sets another, by a connect() of the client's own,
      // changes how fast this connection is once it has reconnected, and nothing else.
      setTransportFactory({ factory: () => new FrameTransport(), dnsResolveFn: nodeResolveHost });
      const clientOptions: FrameTransportOptions = {
        ...options.nats,
        ...(options.openSocket !== undefined && { openSocket: options.openSocket, resolve: false }),
        servers: options.servers,
        name: options.name,
        inboxPrefix: options.inboxPrefix,
        timeout: Math.max(1, Math.min(attemptTimeoutMs, leftMs)),
        maxReconnectAttempts: -1,
        reconnectTimeWait: reconnectWaitMs,
        reconnectJitter: reconnectWaitMs,
        reconnectJitterTLS: reconnectWaitMs,
        pingInterval: pingIntervalMs,
        maxPingOut: 2,
        noAsyncTraces: true,
        ignoreAuthErrorAbort: true,
        messageSink,
      };
      const nats = await NatsConnectionImpl.connect(clientOptions);
      messageSink.deliver = createMessageDelivery(nats, options.logger);
      return nats;
    } catch (error) {
      const refused = isRefusal(error);
      if (refused || performance.now() + reconnectWaitMs >= giveUpAtMs)
        throw unreachable(options, error, refused);
      await delay(reconnectWaitMs);
    }
  }
}

/** Whether the broker answered and said no: trying again with the same credentials cannot help. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error && /authorization|authentication|permissions|certificate/i.test(error.message)
  );
}

function unreachable(options: CompleteOptions, cause: unknown, refused: boolean) {
  const servers = options.servers.join(', ');
  const reason = cause instanceof Error ? cause.message : String(cause);
  return fault('DISCONNECTED', {
    message: refused
      ? `the broker at ${servers} refused the connection (${reason}); check its user, password or certificate`
      : `no broker answered at ${servers} within ${options.connectTimeoutMs} ms (${reason}); start nats-server or set NATS_URL`,
    fate: 'never-started',
    cause,
  });
}
