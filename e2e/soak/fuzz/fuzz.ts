import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startNats } from '@busline/bus/testing';
import { type EdgeProcess, startEdgeProcess } from '../../system/edge-process.ts';
import { shopWorker, startWorkerProcess } from '../../system/worker-process.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import type { SoakOptions, SoakResult } from '../streams/soak.ts';
import { http1Body, http1Bytes } from './http1-input.ts';
import { http2Frames, http2Request } from './http2-input.ts';
import type { FuzzInput } from './input.ts';
import { oneOf } from './mutate.ts';
import { sendInput } from './send-input.ts';

/** Settings that bound what one client may hold and how long, so that a hang shows soon. */
const edgeSettings = {
  NODE_OPTIONS: '--max-old-space-size=128',
  EDGE_ACCESS: 'open',
  LOG_LEVEL: 'silent',
  MAX_BODY_BYTES: String(256 * 1024),
  DEFAULT_DEADLINE_MS: '1000',
  MAX_DEADLINE_MS: '1000',
  PREFACE_TIMEOUT_MS: '1000',
  HEADERS_TIMEOUT_MS: '1000',
  KEEP_ALIVE_TIMEOUT_MS: '1000',
  H2_IDLE_TIMEOUT_MS: '1000',
  H2_PING_INTERVAL_MS: '1000',
  H2_PING_TIMEOUT_MS: '1000',
};

/** Every wait of the edge is over by then several times: the deadline of a call, and what may follow it. */
const hangMs = 15_000;

/**
 * Most memory the edge may ever hold, in MiB. V8 is made to collect early (`NODE_OPTIONS`), and what leaks ends the edge:
 * measured 219 after 12 000 inputs. Left to itself it came to 414 after 326 000.
 */
const boundMiB = 350;

const lanes = 64;
const casesBetweenProbes = 500;
const keptViolations = 10;

const generators: readonly ((random: SeededRandom) => FuzzInput)[] = [
  http1Body,
  http1Bytes,
  http2Request,
  http2Frames,
];

/** What no answer may contain: frames of a stack, paths, names of the code's own errors. */
const inside =
  /\bat .{1,200}:\d+:\d+|node_modules|node:internal|file:\/\/|\.ts\b|(?:Type|Syntax|Range|Reference)Error|\bERR_[A-Z]/;

/** The input of one number. */
export function inputOf(seed: number, number: number): FuzzInput {
  const random = createSeededRandom((seed * 0x9e3779b1 + number) >>> 0);
  return oneOf(random, generators)(random);
}

/**
 * Inputs that no good client sends, decided by seed and number, against the edge over a real bus: it neither ends nor hangs, stays within its
 * memory, tells nothing of its inside, and serves good requests in between.
 */
export async function fuzz(options: SoakOptions): Promise<SoakResult> {
  const nats = await startNats();
  const env = { LOG_LEVEL: 'silent' };
  const echo = fileURLToPath(new URL('../../conformance/worker/main.ts', import.meta.url));
  const workers = await Promise.all(
    [shopWorker('greeter'), echo].map((entry) => startWorkerProcess({ entry, natsUrl: nats.url, env })),
  );
  const edge = await startEdgeProcess({ ...edgeSettings, NATS_URL: nats.url });
  try {
    return await attack(edge, options);
  } finally {
    await edge.stop();
    for (const worker of workers) worker.signal('SIGTERM');
    await Promise.all(workers.map(({ exited }) => exited));
    await nats.stop();
  }
}

async function attack(
  edge: EdgeProcess,
  { seed, seconds, cases, onCounting }: SoakOptions,
): Promise<SoakResult> {
  const endsAtMs = cases === undefined ? performance.now() + seconds * 1_000 : Number.POSITIVE_INFINITY;
  const counts: Record<string, number> = { cases: 0, answered: 0, probes: 0 };
  onCounting?.(() => counts);
  const violations: string[] = [];
  const violate = (text: string): void => {
    if (violations.length < keptViolations) violations.push(text);
  };
  let ended = false;
  void edge.exited.then((code) => {
    if (!ended) violate(`the edge ended with ${code}:\n${edge.output()}`);
    ended = true;
  });

  let next = 0;
  const lane = async (): Promise<void> => {
    while (!ended && next < (cases ?? Number.POSITIVE_INFINITY) && performance.now() < endsAtMs) {
      const number = next++;
      const input = inputOf(seed, number);
      const { received, hung } = await sendInput(edge.port, input, hangMs);
      count(counts, 'cases');
      count(counts, input.kind);
      if (received !== '') count(counts, 'answered');
      if (hung) violate(`case ${number} (${input.kind}) was neither answered nor closed within ${hangMs} ms`);
      const leak = inside.exec(received);
      if (leak !== null) violate(`case ${number} (${input.kind}) was told of the inside: ${leak[0]}`);
      if (number % casesBetweenProbes === 0) {
        count(counts, 'probes');
        const problem = ended ? undefined : await probe(edge.port);
        if (problem !== undefined) violate(`after case ${number} a good request failed: ${problem}`);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (!ended) {
    const problem = await probe(edge.port);
    if (problem !== undefined) violate(`at the end a good request failed: ${problem}`);
    const peakMiB = await peakMemoryMiB(edge.pid);
    counts.peakMiB = peakMiB;
    if (peakMiB > boundMiB) violate(`the edge held ${peakMiB} MiB, more than ${boundMiB}`);
  }
  ended = true;
  return { ok: violations.length === 0, counts, violations };
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** What is wrong with the answer to a good request. */
async function probe(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/hello/Ada`, {
      signal: AbortSignal.timeout(hangMs),
    });
    const text = await response.text();
    return response.status === 200 && text.includes('Hello, Ada!') ? undefined : `${response.status} ${text}`;
  } catch (error) {
    return String(error);
  }
}

/** Most memory the process has held, by Linux's own count; 0 where there is none. */
async function peakMemoryMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.ceil(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024);
}
