import { type Command, CommanderError } from 'commander';
import { createOutput, type Output } from '../output/output.ts';
import { printFailure } from '../output/print-failure.ts';
import { resolveSettings } from '../settings/settings.ts';
import { buildProgram, type GlobalOptions } from './build-program.ts';
import type { BeginCommand } from './command-context.ts';
import type { FailureParts } from './command-failure.ts';
import { commandTable } from './command-table.ts';
import { ExitCode } from './exit-code.ts';
import { explainError } from './explain-error.ts';
import { createInput } from './input.ts';
import { watchInterrupts } from './watch-interrupts.ts';

/** Runs the program with the arguments that came after its name, and ends the process with its exit code. */
export async function runProgram(args: readonly string[]): Promise<void> {
  // Whoever reads has read enough, as `head` does.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const code = await runCommand(args);
  // What was written has to leave first; a connection that is still open must not keep the process.
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit(code);
}

async function runCommand(args: readonly string[]): Promise<ExitCode> {
  const interrupts = watchInterrupts();
  let code: ExitCode = ExitCode.ok;
  const outputOf = ({ json = false, color }: GlobalOptions): Output =>
    createOutput({ json, color, env: process.env, stdout: process.stdout, stderr: process.stderr });
  const begin =
    (program: Command): BeginCommand =>
    () => {
      const globals = program.opts<GlobalOptions>();
      const { edge, nats, prefix, context, yes = false, traceApi = false } = globals;
      return {
        output: outputOf(globals),
        input: createInput({
          stdin: process.stdin,
          stderr: process.stderr,
          yes,
          noInput: !globals.input,
          signal: interrupts.signal,
        }),
        settings: resolveSettings({
          flags: { ...(edge && { edge }), ...(nats && { nats }), ...(prefix && { prefix }) },
          context,
          env: process.env,
          directory: process.cwd(),
        }),
        directory: process.cwd(),
        env: process.env,
        traceApi,
        signal: interrupts.signal,
        endWith(wanted) {
          code = wanted;
        },
      };
    };
  try {
    const program = await buildProgram(commandTable, args, begin);
    if (args.length === 0) program.help();
    await program.parseAsync(args, { from: 'user' });
    return interrupts.signal.aborted ? ExitCode.interrupted : code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.ok;
    if (interrupts.signal.aborted) return ExitCode.interrupted;
    const parts = error instanceof CommanderError ? explainUsage(error) : await explainError(error);
    // The options may be what could not be read.
    printFailure(
      outputOf({ json: args.includes('--json'), color: !args.includes('--no-color'), input: true }),
      parts,
    );
    return parts.exitCode;
  }
}

function explainUsage({ message, code }: CommanderError): FailureParts {
  const [what = message, ...more] = message.replace(/^error: /, '').split('\n');
  const suggestion = more
    .join(' ')
    .trim()
    .replace(/^\((.*)\)$/, '$1');
  return {
    code: code === 'commander.unknownCommand' ? 'COMMAND_UNKNOWN' : 'USAGE',
    exitCode: ExitCode.usage,
    what,
    ...(suggestion !== '' && { why: suggestion }),
    hint: 'busline --help lists the commands, busline <command> --help its options',
    docs: 'docs/cli.md',
  };
}
