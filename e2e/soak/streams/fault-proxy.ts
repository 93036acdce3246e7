import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import type { SeededRandom } from '../seeded-random.ts';
import { createNatsFrameReader, type NatsFrame } from './nats-frames.ts';

/** How often each fault befalls a message, as probabilities; what is left passes unharmed. */
export interface FaultRates {
  readonly drop: number;
  readonly duplicate: number;
  /** The message comes 1 to 40 ms later; those behind it overtake it. */
  readonly delay: number;
  /** The message changes places with the next one. */
  readonly swap: number;
}

export interface FaultProxyOptions {
  /** Port of the broker on 127.0.0.1. */
  readonly brokerPort: number;
  readonly random: SeededRandom;
  readonly rates: FaultRates;
  /** Which messages are harmed. */
  affects(subject: string): boolean;
}

/** Stands between one process and the broker, and harms messages both ways. */
export interface FaultProxy {
  readonly url: string;
  /** Messages harmed, by fault. */
  readonly counts: Readonly<Record<keyof FaultRates, number>>;
  stop(): Promise<void>;
}

const longestDelayMs = 40;
/** How long a message waits for one to change places with. */
const swapWaitMs = 5;

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const counts = { drop: 0, duplicate: 0, delay: 0, swap: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = dial(options.brokerPort, '127.0.0.1');
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    relay(near, far);
    relay(far, near);
  });

  function relay(from: Socket, to: Socket): void {
    const reader = createNatsFrameReader();
    let waiting: NatsFrame | undefined;
    const write = ({ bytes }: NatsFrame): void => {
      if (!to.destroyed) to.write(bytes);
    };
    const letGo = (): void => {
      if (waiting !== undefined) write(waiting);
      waiting = undefined;
    };
    const pass = (frame: NatsFrame): void => {
      if (frame.subject === undefined || !options.affects(frame.subject)) {
        write(frame);
        return;
      }
      const fault = chooseFault();
      if (fault !== undefined) counts[fault]++;
      if (fault === 'drop') return;
      if (fault === 'delay') {
        setTimeout(write, 1 + options.random.below(longestDelayMs), frame).unref();
        return;
      }
      if (fault === 'swap' && waiting === undefined) {
        waiting = frame;
        setTimeout(letGo, swapWaitMs).unref();
        return;
      }
      write(frame);
      if (fault === 'duplicate') write(frame);
      letGo();
    };
    from.on('data', (chunk: Buffer) => {
      // Copied: the frames may outlive the chunk by the delay.
      for (const frame of reader.push(Buffer.from(chunk))) pass(frame);
      if (to.writableNeedDrain) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
  }

  function chooseFault(): keyof FaultRates | undefined {
    let left = options.random.next();
    for (const fault of ['drop', 'duplicate', 'delay', 'swap'] as const) {
      left -= options.rates[fault];
      if (left < 0) return fault;
    }
    return undefined;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
