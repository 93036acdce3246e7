import { Command, CommanderError } from 'commander';
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
import type { ProgramIo } from './program-io.ts';

/** Runs the program with the arguments that come after its name. Resolves with what to end with. */
export async function runProgram(args: readonly string[], io: ProgramIo): Promise<ExitCode> {
  const { stdin, stdout, stderr, env, directory, signal } = io;
  let code: ExitCode = ExitCode.ok;
  const outputOf = ({ json = false, color }: Pick<GlobalOptions, 'json' | 'color'>): Output =>
    createOutput({ json, color, env, stdout, stderr });
  const begin =
    (program: Command): BeginCommand =>
    () => {
      const globals = program.opts<GlobalOptions>();
      const { edge, nats, prefix, context, yes = false, traceApi = false } = globals;
      return {
        output: outputOf(globals),
        input: createInput({ stdin, stderr, yes, noInput: !globals.input, signal }),
        settings: resolveSettings({
          flags: { ...(edge && { edge }), ...(nats && { nats }), ...(prefix && { prefix }) },
          context,
          env,
          directory,
        }),
        directory,
        env,
        traceApi,
        signal,
        endWith(wanted) {
          code = wanted;
        },
      };
    };
  if (args[0] === '__complete' || args[0] === '__names') {
    const { answerShell } = await import('../completion/answer-shell.ts');
    await answerShell(args, { io, begin: begin(new Command()) });
    return ExitCode.ok;
  }
  try {
    const program = await buildProgram(commandTable, args, {
      begin,
      write: (text) => void stdout.write(text),
    });
    if (args.length === 0) program.help();
    await program.parseAsync(args, { from: 'user' });
    return signal.aborted ? ExitCode.interrupted : code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.ok;
    if (signal.aborted) return ExitCode.interrupted;
    const parts = error instanceof CommanderError ? explainUsage(error) : await explainError(error);
    // The options may be what could not be read.
    printFailure(outputOf({ json: args.includes('--json'), color: !args.includes('--no-color') }), parts);
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
