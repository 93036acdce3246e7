import { type NatsServer, type StartNatsOptions, startNatsServer } from '../nats/index.ts';
import type { ProcessExit, RunningProcess } from './running-process.ts';

/** A nats-server in the shape of any other process of the stack; `server` resolves once it is ready. */
export interface RunningNats extends RunningProcess {
  readonly server: Promise<NatsServer>;
}

export function launchNats(options: StartNatsOptions): RunningNats {
  let started: NatsServer | undefined;
  let failure = '';
  const server = startNatsServer(options).then((ready) => {
    started = ready;
    return ready;
  });
  server.catch((error: unknown) => {
    failure = error instanceof Error ? error.message : String(error);
  });
  const exited: Promise<ProcessExit> = server.then(
    async (running) => await running.exited,
    () => ({ code: 1, signal: null }),
  );
  const ready = server.then(
    () => {},
    () => Promise.reject(new Error('did not start')),
  );
  ready.catch(() => {});
  return {
    get pid() {
      return started?.pid ?? 0;
    },
    server,
    ready,
    exited,
    output: () => failure,
    warnings: () => [],
    signal(name) {
      if (started !== undefined) started.signal(name);
      // Still starting: it ends as soon as it is there.
      else void server.then((late) => late.signal(name)).catch(() => {});
    },
  };
}
