// npm start: NATS, the edge and the workers, as separate processes. `--help` lists the options.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProject } from '../project/find-project.ts';
import { HELP, parseArguments, type RunOptions } from './arguments.ts';
import type { StackEvent } from './events.ts';
import { endLine, eventLine, readyLine } from './json-lines.ts';
import { UnknownWorkerError } from './replica-counts.ts';
import { StartFailure } from './slot.ts';
import { type Stack, startStack } from './stack.ts';
import { createPaint, isShown, renderBanner, renderEvent } from './terminal.ts';

// A terminal that is gone (closed window) must not keep the processes from being stopped.
process.stdout.on('error', () => {});

const paint = createPaint(process.stdout.isTTY === true && !process.env.NO_COLOR);

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** What a person reads, or with `--json` what a program does. */
interface Told {
  event(event: StackEvent): void;
  ready(stack: Stack): Promise<void>;
  stopping(): void;
  stopped(): void;
  failed(why: string): string;
}

const inJson: Told = {
  event: (event) => print([eventLine(event, new Date())]),
  ready: async (stack) => print([readyLine(stack, new Date())]),
  stopping: () => print([endLine('stopping', new Date())]),
  stopped: () => print([endLine('stopped', new Date())]),
  failed: (why) => JSON.stringify({ error: { code: 'NOT_STARTED', message: why } }),
};

function inWords(watch: boolean): Told {
  return {
    event(event) {
      if (isShown(event)) print(renderEvent(event, new Date(), paint));
    },
    ready: async (stack) => print(renderBanner(stack, { ...(await readProduct()), watch }, paint)),
    stopping: () => print(['', 'stopping: what runs is finished first; Ctrl-C again stops at once']),
    stopped: () => print(['stopped']),
    failed: (why) => `\nbusline did not start: ${why}`,
  };
}

function exit(code: number, problem?: string): never {
  if (problem !== undefined) process.stderr.write(`${problem}\n`);
  process.exit(code);
}

async function run(options: RunOptions): Promise<void> {
  const told = options.json ? inJson : inWords(options.watch);
  const abort = new AbortController();
  let stack: Stack | undefined;
  let asked = 0;
  const onSignal = () => {
    asked += 1;
    if (asked === 1) {
      told.stopping();
      abort.abort();
      void stack?.stop().then(() => {
        told.stopped();
        exit(0);
      });
    } else {
      stack?.kill();
      exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  try {
    stack = await startStack({ ...options, onEvent: told.event, signal: abort.signal });
  } catch (error) {
    if (asked > 0) exit(0);
    exit(error instanceof UnknownWorkerError ? 2 : 1, told.failed(explain(error)));
  }
  await told.ready(stack);
}

function explain(error: unknown): string {
  if (!(error instanceof StartFailure)) return error instanceof Error ? error.message : String(error);
  const output = error.output === '' ? '' : `\n${error.output.replace(/^/gm, '  ')}`;
  return `${error.message}${output}\nIts log: ${error.logFile}`;
}

async function readProduct(): Promise<{ name: string; version: string }> {
  const manifest: unknown = JSON.parse(
    await readFile(join(findProject(process.cwd()), 'package.json'), 'utf8'),
  );
  const { name, version } = {
    name: 'busline',
    version: '',
    ...(manifest as { name?: string; version?: string }),
  };
  return { name, version };
}

const command = parseArguments(process.argv.slice(2));
switch (command.kind) {
  case 'help':
    print([HELP]);
    break;
  case 'invalid':
    exit(2, `${command.problem}\nnpm start -- --help lists the options.`);
    break;
  case 'run':
    await run(command.options);
}
