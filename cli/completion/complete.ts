import type { Command, Option } from 'commander';
import { buildProgram, valueOptions } from '../program/build-program.ts';
import type { CommandContext } from '../program/command-context.ts';
import { type CommandEntry, commandTable } from '../program/command-table.ts';
import { liveNames, type NameKind } from './live-names.ts';

/** What a word could become, and what that is. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** How to ask who is live. */
export interface Asking {
  begin(): CommandContext;
  /** Called when the answer takes too long to wait for. */
  onLate(): void;
}

/** What the names of arguments stand for. */
const kinds: Readonly<Record<string, NameKind>> = {
  method: 'method',
  event: 'event',
  consumer: 'consumer',
  service: 'service',
  'worker=n': 'worker',
};

/**
 * What the last word could become. The words are those after `busline`, the last one as far as it was typed.
 *
 */
export async function complete(words: readonly string[], asking: Asking): Promise<Candidate[]> {
  const typed = words.at(-1) ?? '';
  const before = withoutGlobals(words.slice(0, -1));
  const fitting = (candidates: readonly Candidate[]) =>
    candidates.filter(({ word }) => word.startsWith(typed));
  const name = before.find((word) => !word.startsWith('-'));
  if (name === undefined) {
    const program = await programOf([]);
    if (typed.startsWith('-')) return fitting(program.options.map(optionCandidate));
    return fitting(commandTable.map((entry: CommandEntry) => ({ word: entry.name, about: entry.summary })));
  }
  const program = await programOf([name]);
  let command = program.commands.find((one) => one.name() === name);
  if (command === undefined) return [];
  const operands = before.slice(before.indexOf(name) + 1).filter((word) => !word.startsWith('-'));
  const part = command.commands.find((one) => one.name() === operands[0]);
  if (part === undefined && command.commands.length > 0 && !typed.startsWith('-'))
    return fitting(command.commands.map((one) => ({ word: one.name(), about: one.description() })));
  command = part ?? command;
  const choices = optionOf(command, before.at(-1) ?? '')?.argChoices;
  if (choices !== undefined) return fitting(choices.map((word) => ({ word, about: '' })));
  if (typed.startsWith('-')) return fitting([...command.options, ...program.options].map(optionCandidate));
  return await argumentsOf(command, typed, asking);
}

async function argumentsOf(command: Command, typed: string, { begin, onLate }: Asking): Promise<Candidate[]> {
  const [argument] = command.registeredArguments;
  if (argument === undefined) return [];
  if (argument.argChoices !== undefined)
    return argument.argChoices.filter((word) => word.startsWith(typed)).map((word) => ({ word, about: '' }));
  const kind = kinds[argument.name()];
  if (kind === undefined) return [];
  const names = await liveNames(begin(), kind, onLate);
  const wanted = typed.toLowerCase();
  // A part of a name is enough to call it, and so it is to complete it; what begins as it was typed comes first.
  return names
    .filter((one) => one.toLowerCase().includes(wanted))
    .toSorted((a, b) => Number(b.startsWith(typed)) - Number(a.startsWith(typed)))
    .map((word) => ({ word, about: kind }));
}

/** Options of every command that take a value, and their values, say nothing about the command. */
function withoutGlobals(words: readonly string[]): string[] {
  return words.filter((word, index) => !valueOptions.has(word) && !valueOptions.has(words[index - 1] ?? ''));
}

async function programOf(args: readonly string[]): Promise<Command> {
  const never = () => () => {
    throw new Error('a command that is completed does not run');
  };
  return await buildProgram(commandTable, args, { begin: never, write: () => {} });
}

function optionOf(command: Command, word: string): Option | undefined {
  return command.options.find(({ short, long }) => word === short || word === long);
}

function optionCandidate({ long, short, description }: Option): Candidate {
  return { word: long ?? short ?? '', about: description };
}
