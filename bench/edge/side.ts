import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '@busline/infra/nats';
import { groupCpuUs } from '../measure/process-cpu.ts';
import type { EdgeSubject, NoteFormat, SidePlace, SideProgram } from './edge-subject.ts';
import { openNoteSender, pathOf } from './note-sender.ts';
import { type ProgramProcess, startProgram } from './program-process.ts';

/** The processes of a subject, without its broker. */
export interface Side {
  readonly httpPort: number;
  /** CPU time so far, in microseconds; of a worker 0 where there is none. */
  cpuUs(): Promise<{ readonly edge: number; readonly worker: number }>;
}

export interface StartSideOptions {
  readonly subject: EdgeSubject;
  /** What must come back before the side counts as started. */
  readonly format: NoteFormat;
  /** Empty for a subject without a broker. */
  readonly natsUrl: string;
  /** Takes what must be ended. */
  readonly cleanup: AsyncDisposableStack;
  /** Longest time from the start of the processes to the first right answer. Default 15 000: Python takes its time to load. */
  readonly readyTimeoutMs?: number;
}

/** Between two attempts to get the first answer. */
const ATTEMPT_EVERY_MS = 50;

/**
 * Starts worker and edge, and waits until a note comes back: all of the way is open then, whatever it consists of.
 *
 * @throws Error where a process ends, or no right answer comes in time; with what the processes wrote to stderr.
 */
export async function startSide(options: StartSideOptions): Promise<Side> {
  const { subject, format, natsUrl, cleanup, readyTimeoutMs = 15_000 } = options;
  const place: SidePlace = { httpPort: await findFreePort(), workerPort: await findFreePort(), natsUrl };
  const start = (program: SideProgram): ProgramProcess => {
    const started = startProgram(program, place);
    cleanup.defer(() => started.stop());
    return started;
  };
  const worker = subject.worker && start(subject.worker);
  const edge = start(subject.edge);
  const processes = worker === undefined ? [edge] : [worker, edge];

  const giveUpAt = performance.now() + readyTimeoutMs;
  for (let problem = await attempt(subject, format, place); problem !== undefined; ) {
    if (processes.some((process) => process.hasEnded) || performance.now() > giveUpAt) {
      const said = processes.map((process) => process.stderr()).join('');
      throw new Error(`${subject.name} does not answer: ${problem.message}\n${said}`, { cause: problem });
    }
    await delay(ATTEMPT_EVERY_MS);
    problem = await attempt(subject, format, place);
  }
  return {
    httpPort: place.httpPort,
    cpuUs: async () => ({
      edge: await groupCpuUs(edge.pid),
      worker: worker === undefined ? 0 : await groupCpuUs(worker.pid),
    }),
  };
}

/** Longest time one attempt may take: a peer without a deadline of its own would wait for ever. */
const ATTEMPT_TIMEOUT_MS = 2000;

/** Sends one note. Why it did not come back, or undefined. */
async function attempt(
  subject: EdgeSubject,
  format: NoteFormat,
  { httpPort: port }: SidePlace,
): Promise<Error | undefined> {
  const path = pathOf(subject, format);
  try {
    const sender = await openNoteSender({ port, path, format, text: 'ready?', atOnce: 1 });
    const tooLate = setTimeout(() => sender.close(), ATTEMPT_TIMEOUT_MS);
    try {
      await sender.send();
    } finally {
      clearTimeout(tooLate);
      sender.close();
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
