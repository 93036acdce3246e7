import { type Command, InvalidArgumentError } from 'commander';
import type { DefineCommand } from '../program/command-table.ts';
import type { LetterFilter } from './find-letters.ts';
import type { BulkOptions } from './work-on-letters.ts';

export const defineDlq: DefineCommand = (command, begin) => {
  command.description('Events that a consumer could not handle, and what to do about them.');
  withFilter(command.command('ls', { isDefault: true }))
    .description('Lists dead letters, the oldest first.')
    .option('--limit <n>', 'at most this many', positive, 50)
    .action(async (options: LetterFilter & { readonly limit: number }) =>
      (await import('./show-letters.ts')).listLetters(begin(), options),
    );
  command
    .command('show <id>')
    .description('Shows one with its event, its headers and its error.')
    .action(async (id: string) => (await import('./show-letters.ts')).showLetter(begin(), id));
  bulk(command.command('retry [ids...]'))
    .description(
      'Sends events again, each to the one consumer that failed. Exit code 7 when some could not be.',
    )
    .option('--rate <n>', 'at most this many a second', positive)
    .action(async (ids: string[], options: BulkOptions) =>
      (await import('./work-on-letters.ts')).retryLetters(begin(), ids, options),
    );
  command
    .command('edit <id>')
    .description('Puts another event in its place, checked against the contract: in $EDITOR, or from --data.')
    .option('-d, --data <json>', 'the whole event: JSON, @file, or - for standard input')
    .option('--retry', 'send it again at once')
    .action(async (id: string, options: { readonly data?: string; readonly retry?: boolean }) =>
      (await import('./edit-letter.ts')).editLetter(begin(), id, options),
    );
  bulk(command.command('discard [ids...]'))
    .description('Deletes dead letters. Their events stay in their stream, for other consumers.')
    .action(async (ids: string[], options: BulkOptions) =>
      (await import('./work-on-letters.ts')).discardLetters(begin(), ids, options),
    );
  withFilter(command.command('export'))
    .description('Writes dead letters with their events, a line of JSON each.')
    .action(async (options: LetterFilter) =>
      (await import('./show-letters.ts')).exportLetters(begin(), options),
    );
};

function withFilter(command: Command): Command {
  return command
    .option('--consumer <name>', 'only of this consumer')
    .option('--event <type>', 'only of this type, such as orders.v1.OrderPlaced')
    .option('--code <name>', 'only those that failed so, such as INTERNAL')
    .option('--since <duration>', 'only those of the last while, such as 1h');
}

function bulk(command: Command): Command {
  return withFilter(command)
    .option('--all', 'all that the other options leave, instead of ids')
    .option('--dry-run', 'only say what it would do');
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}
