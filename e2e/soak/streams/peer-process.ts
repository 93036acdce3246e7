import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What the parent asks of `echo-worker.ts` and `echo-caller.ts`; each is answered by one message with the same `id`. */
export interface Question {
  readonly id: number;
  readonly what: string;
  readonly numbers: Readonly<Record<string, number>>;
}

export interface Answer {
  readonly id: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly violation?: string | undefined;
}

/** A process of its own that answers questions. */
export interface PeerProcess {
  /** Asks, and resolves with the counts of the answer; rejects with the violation the peer found. */
  ask(what: string, numbers?: Readonly<Record<string, number>>): Promise<Readonly<Record<string, number>>>;
  /** Most memory the process has held so far, in MiB. */
  peakMiB(): Promise<number>;
  /** SIGSTOP. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Starts a peer from a file beside this one, and waits until it is ready. */
export async function startPeer(file: string, natsUrl: string): Promise<PeerProcess> {
  const child: ChildProcess = fork(new URL(file, import.meta.url), {
    env: { ...process.env, NATS_URL: natsUrl, LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, PromiseWithResolvers<Answer['counts']>>();
  let asked = 0;
  const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (typeof first !== 'object') throw new Error(`${file} ended with ${first} before it was ready`);
  child.on('message', (message) => {
    const { id, counts, violation } = message as Answer;
    const question = waiting.get(id);
    waiting.delete(id);
    if (violation === undefined) question?.resolve(counts);
    else question?.reject(new Error(violation));
  });
  child.on('exit', (code, signal) => {
    for (const question of waiting.values())
      question.reject(new Error(`${file} ended with ${code ?? signal}`));
    waiting.clear();
  });
  const ask: PeerProcess['ask'] = (what, numbers = {}) => {
    const question = Promise.withResolvers<Answer['counts']>();
    const id = ++asked;
    waiting.set(id, question);
    child.send({ id, what, numbers } satisfies Question);
    return question.promise;
  };
  return {
    ask,
    peakMiB: async () => (await ask('memory')).peakMiB as number,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

type Job = (numbers: Question['numbers']) => Promise<Answer['counts']>;

/** In the peer: answers questions by `jobs`, and ends with its parent. */
export function answerParent(jobs: Readonly<Record<string, Job>>): void {
  const all: Readonly<Record<string, Job>> = {
    ...jobs,
    // `maxRSS` is in KiB, the most there ever was.
    memory: async () => ({ peakMiB: Math.ceil(process.resourceUsage().maxRSS / 1024) }),
  };
  process.on('message', (message) => {
    const { id, what, numbers } = message as Question;
    const job = all[what];
    if (job === undefined) throw new Error(`no job is called ${what}`);
    job(numbers).then(
      (counts) => process.send?.({ id, counts } satisfies Answer),
      (error: unknown) => process.send?.({ id, counts: {}, violation: String(error) } satisfies Answer),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
