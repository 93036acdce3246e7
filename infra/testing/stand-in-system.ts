import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OBEDIENT, prelude } from './stand-in-process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A folder laid out like this repository, whose processes note what they do and know no bus. */
export interface StandInSystem {
  readonly root: string;
  /** Writes `workers/<name>/main.ts`, and a package.json when there are settings. */
  writeWorker(name: string, lines?: readonly string[], settings?: object): Promise<void>;
  /** Writes `api/src/main.ts`: an HTTP server that answers with `text`. */
  writeEdge(text: string): Promise<void>;
  /** `<folder> <word>` for each note, in order. */
  notes(): Promise<string[]>;
}

export async function createStandInSystem(workers: readonly string[]): Promise<StandInSystem> {
  const root = await temporaryDirectory();
  const noteFile = join(root, 'notes');
  const names = new Map<number, string>();
  const program = (name: string, lines: readonly string[]) =>
    [...prelude(noteFile), `note('is-${name}');`, ...lines].join('\n');
  await writeFile(noteFile, '');
  await writeFile(join(root, 'package.json'), '{"type": "module"}');
  await mkdir(join(root, 'api', 'src'), { recursive: true });
  const system: StandInSystem = {
    root,
    async writeWorker(name, lines = OBEDIENT, settings) {
      const folder = join(root, 'workers', name);
      await mkdir(folder, { recursive: true });
      if (settings) await writeFile(join(folder, 'package.json'), JSON.stringify({ busline: settings }));
      await writeFile(join(folder, 'main.ts'), program(name, lines));
    },
    async writeEdge(text) {
      const lines = [
        `import { createServer } from 'node:http';`,
        `const server = createServer((_, response) => response.end(${JSON.stringify(text)}));`,
        `process.once('SIGTERM', () => { note('term'); server.close(() => process.exit(0)); });`,
        `server.listen(Number(process.env.PORT), process.env.HOST, ready);`,
      ];
      await writeFile(join(root, 'api', 'src', 'main.ts'), program('edge', lines));
    },
    async notes() {
      const lines = (await readFile(noteFile, 'utf8')).split('\n').filter((line) => line !== '');
      return lines.map((line) => {
        const [pid = '', word = ''] = line.split(' ');
        if (word.startsWith('is-')) names.set(Number(pid), word.slice('is-'.length));
        return `${names.get(Number(pid))} ${word}`;
      });
    },
  };
  await system.writeEdge('first');
  for (const name of workers) await system.writeWorker(name);
  return system;
}
