// npm start: NATS, the edge and the workers, as separate processes. `--help` lists the options.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProject } from '../project/find-project.ts';
import { HELP, parseArguments, type RunOptions } from './arguments.ts';
import type { StackEvent } from './events.ts';
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

function showEvent(event: StackEvent): void {
  if (isShown(event)) print(renderEvent(event, new Date(), paint));
}

function exit(code: number, problem?: string): never {
  if (problem !== undefined) process.stderr.write(`${problem}\n`);
  process.exit(code);
}

async function run(options: RunOptions): Promise<void> {
  const abort = new AbortController();
  let stack: Stack | undefined;
  let asked = 0;
  const onSignal = () => {
    asked += 1;
    if (asked === 1) {
      print(['', 'stopping: what runs is finished first; Ctrl-C again stops at once']);
      abort.abort();
      void stack?.stop().then(() => {
        print(['stopped']);
        exit(0);
      });
    } else {
      stack?.kill();
      exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  try {
    stack = await startStack({ ...options, onEvent: showEvent, signal: abort.signal });
  } catch (error) {
    if (asked > 0) exit(0);
    exit(error instanceof UnknownWorkerError ? 2 : 1, `\nbusline did not start: ${explain(error)}`);
  }
  const product = await readProduct();
  print(renderBanner(stack, { ...product, watch: options.watch }, paint));
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
