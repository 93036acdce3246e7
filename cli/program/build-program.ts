import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Command } from 'commander';
import type { BeginCommand } from './command-context.ts';
import { CommandFailure } from './command-failure.ts';
import type { CommandEntry } from './command-table.ts';
import { ExitCode } from './exit-code.ts';

/** Options that every command has. */
export interface GlobalOptions {
  readonly json?: boolean;
  /** False with `--no-color`. */
  readonly color: boolean;
  /** False with `--no-input`. */
  readonly input: boolean;
  readonly yes?: boolean;
  readonly traceApi?: boolean;
  readonly context?: string;
  readonly edge?: string;
  readonly nats?: string;
  readonly prefix?: string;
}

export interface ProgramParts {
  /** Gives the command that is called its way to begin. */
  begin(program: Command): BeginCommand;
  /** Where help goes. */
  write(text: string): void;
}

/**
 * The program with all of its commands by name, and the one that `args` asks for as a whole. The others stay unloaded, so
 * that help is there at once.
 */
export async function buildProgram(
  table: readonly CommandEntry[],
  args: readonly string[],
  { begin, write }: ProgramParts,
): Promise<Command> {
  const program = new Command('busline')
    .description('Calls, events and processes of a Busline system.')
    .usage('<command> [options]')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    // The commands come first, and what all of them take after that.
    .configureHelp({ visibleOptions: (command) => (command.parent === null ? [] : [...command.options]) })
    .configureOutput({ writeOut: write, writeErr: () => {}, outputError: () => {} })
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', helpAfter());
  for (const [flags, description] of globalOptions) program.option(flags, description);
  const wanted = commandIn(args, table);
  for (const entry of table) {
    const command = program.command(entry.name).summary(entry.summary).description(sentence(entry.summary));
    command.helpGroup(entry.group).helpCommand(false);
    if (entry !== wanted) continue;
    (await entry.load())(command, begin(program));
    refuseUnknownPart(command, args[args.indexOf(entry.name) + 1]);
    for (const one of [command, ...command.commands])
      one.addHelpText('after', '\nOptions of every command, such as --json: busline --help');
  }
  return program;
}

const globalOptions: readonly (readonly [flags: string, description: string])[] = [
  ['--json', 'print data as JSON, and errors too'],
  ['--edge <url>', 'the HTTP edge to use'],
  ['--nats <url>', 'the broker to use'],
  ['--prefix <tokens>', 'first tokens of every subject'],
  ['--context <name>', 'use these named settings (busline context)'],
  ['-y, --yes', 'answer questions with yes'],
  ['--no-input', 'never ask'],
  ['--no-color', 'no colours'],
  ['--trace-api', 'print each exchange with broker and edge'],
];

/** Those of them that take a value. */
export const valueOptions: ReadonlySet<string> = new Set(
  globalOptions.flatMap(([flags]) => (flags.includes('<') ? [flags.split(' ')[0] ?? ''] : [])),
);

function helpAfter(): string {
  const lines = globalOptions.map(([flags, description]) => `  ${flags.padEnd(20)} ${description}`);
  return [
    '',
    'Options of every command:',
    ...lines,
    '',
    'busline <command> --help tells more; docs/cli.md has examples, exit codes and configuration.',
  ].join('\n');
}

/** Commander would take a part that does not exist for an argument of the default part. */
function refuseUnknownPart(command: Command, part: string | undefined): void {
  const parts = command.commands.map((one) => one.name());
  if (parts.length === 0 || part === undefined || part.startsWith('-') || parts.includes(part)) return;
  throw new CommandFailure({
    code: 'COMMAND_UNKNOWN',
    exitCode: ExitCode.usage,
    what: `unknown command '${command.name()} ${part}'`,
    why: `${command.name()} has ${parts.join(', ')}`,
    hint: `busline ${command.name()} --help tells more`,
    docs: 'docs/cli.md',
  });
}

/** The command is the first word that is no option, nor the value of one that takes a value. */
function commandIn(args: readonly string[], table: readonly CommandEntry[]): CommandEntry | undefined {
  const name = args.find((arg, index) => !arg.startsWith('-') && !valueOptions.has(args[index - 1] ?? ''));
  return table.find((entry) => entry.name === name);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function readVersion(): string {
  const manifest = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve('@busline/cli/package.json'), 'utf8'),
  ) as {
    readonly version: string;
  };
  return manifest.version;
}
