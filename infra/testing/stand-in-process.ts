import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary-directory.ts';

/** A script to run as a child process, and what its runs have written down so far. */
export interface StandIn {
  readonly entry: string;
  /** Changes what the next run does. */
  become(...lines: readonly string[]): void;
  /** What runs said with `note(…)`, in order: a process id and a word. */
  notes(): { readonly pid: number; readonly word: string }[];
}

/**
 * Small real programs for tests of how processes are started, followed and ended. A script can use `note(word)`,
 * `ready()` and everything of Node.
 */
export async function createStandIn(...lines: readonly string[]): Promise<StandIn> {
  const directory = await temporaryDirectory();
  const entry = join(directory, 'main.mjs');
  const noteFile = join(directory, 'notes');
  writeFileSync(noteFile, '');
  const standIn: StandIn = {
    entry,
    become(...changed) {
      writeFileSync(entry, [...prelude(noteFile), ...changed].join('\n'));
    },
    notes() {
      return readFileSync(noteFile, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => ({ pid: Number(line.split(' ')[0]), word: line.split(' ')[1] ?? '' }));
    },
  };
  standIn.become(...lines);
  return standIn;
}

/** What every script begins with. */
export function prelude(noteFile: string): string[] {
  return [
    `import { appendFileSync } from 'node:fs';`,
    `const note = (word) => appendFileSync(${JSON.stringify(noteFile)}, process.pid + ' ' + word + '\\n');`,
    `const ready = () => { note('ready'); process.send?.({ type: 'ready' }); };`,
    'setInterval(() => {}, 60_000);',
  ];
}

/** Finishes after SIGTERM as workers do, and says so. */
export const OBEDIENT = [`process.once('SIGTERM', () => { note('term'); process.exit(0); });`, 'ready();'];
