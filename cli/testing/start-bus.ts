import { type Bus, connect, type Logger } from '@busline/bus';
import { startNats } from '@busline/bus/testing';
import { type CliOptions, type CliRun, runCli } from './run-cli.ts';

/** A broker and what a test connects to it; all of it ends with `stop`. */
export interface TestBus {
  readonly url: string;
  connect(): Promise<Bus>;
  /** Runs the program on this broker. */
  run(args: readonly string[], options?: CliOptions): Promise<CliRun>;
  /** Kills the broker and starts it again, with its data. */
  restartBroker(): Promise<void>;
  stop(): Promise<void>;
}

/** Drops everything: tests that provoke errors would fill the terminal. */
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export async function startBus(): Promise<TestBus> {
  const nats = await startNats();
  const buses: Bus[] = [];
  return {
    url: nats.url,
    async connect() {
      const bus = await connect({ servers: nats.url, name: 'test', logger: silent });
      buses.push(bus);
      return bus;
    },
    run: (args, options) => runCli(args, { ...options, env: { NATS_URL: nats.url, ...options?.env } }),
    async restartBroker() {
      nats.kill();
      await nats.restart();
    },
    async stop() {
      await Promise.all(buses.map((bus) => bus.drain()));
      await nats.stop();
    },
  };
}
