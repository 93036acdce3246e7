import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, connect, type Logger } from '@busline/bus';
import { type Stack, type StackEvent, type StackOptions, startStack } from '@busline/infra/local';
import { createSend, type Send } from './http-client.ts';

/** The whole shop as `npm start` runs it, on free ports and with data of its own. */
export interface System {
  readonly stack: Stack;
  /** Sends HTTP requests to the edge. */
  readonly send: Send;
  /** What happened to its processes since it started. */
  readonly events: readonly StackEvent[];
  /** A place on the system's bus, given up when the system stops. */
  joinBus(logger?: Logger): Promise<Bus>;
  /** Sends a signal to one process, SIGKILL unless told otherwise. @throws Error when nothing of that name runs. */
  kill(name: string, signal?: NodeJS.Signals): void;
  /** Ends every process and removes the data. */
  stop(): Promise<void>;
}

/** Starts the system. What is not told otherwise is as `npm start` has it, except for ports and data. */
export async function startSystem(options: StackOptions = {}): Promise<System> {
  const directory = await mkdtemp(join(tmpdir(), 'busline-e2e-'));
  const events: StackEvent[] = [];
  const stack = await startStack({
    dataDir: directory,
    apiPort: 0,
    natsPort: 0,
    // A server that NATS_URL names holds the data of others.
    natsUrl: '',
    ...options,
    onEvent: (event) => events.push(event),
  });
  const buses: Bus[] = [];
  return {
    stack,
    events,
    send: createSend(stack.apiUrl),
    async joinBus(logger) {
      const bus = await connect({ servers: stack.natsUrl, name: 'e2e', ...(logger && { logger }) });
      buses.push(bus);
      return bus;
    },
    kill(name, signal = 'SIGKILL') {
      const running = stack.processes().find((candidate) => candidate.name === name);
      if (running === undefined) throw new Error(`no process called ${name} runs`);
      running.kill(signal);
    },
    async stop() {
      await Promise.all(buses.map((bus) => bus.drain()));
      await stack.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
