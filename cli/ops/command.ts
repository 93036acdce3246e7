import type { DefineCommand } from '../program/command-table.ts';

export const defineOps: DefineCommand = (command, begin) => {
  command.description(
    'Durable calls that were stored: how far they are, and what came of them. Asks the edge.',
  );
  command
    .command('ls', { isDefault: true })
    .description('Lists operations, the newest first.')
    .option('--done', 'only those that are over')
    .option('--running', 'only those that are not')
    .option('--limit <n>', 'at most this many', '50')
    .action(async (options: { done?: boolean; running?: boolean; limit: string }) =>
      (await import('./operations.ts')).listOperations(begin(), options),
    );
  command
    .command('show <id>')
    .description('Shows one with its progress, and its outcome once it is over.')
    .option('--unredacted', 'also what the contract marks debug_redact')
    .action(async (id: string, options: { unredacted?: boolean }) =>
      (await import('./operations.ts')).showOperation(begin(), id, options),
    );
  command
    .command('wait <id>')
    .description('Waits for the outcome and prints it: exit code 5 for an error, 6 when the time is over.')
    .option('--deadline <duration>', 'wait this long', '60s')
    .option('--unredacted', 'also what the contract marks debug_redact')
    .action(async (id: string, options: { deadline: string; unredacted?: boolean }) =>
      (await import('./operations.ts')).waitForOperation(begin(), id, options),
    );
  command
    .command('cancel <id>')
    .description('Asks for the end of one; what its handler makes of that is the outcome.')
    .action(async (id: string) => (await import('./operations.ts')).cancelOperation(begin(), id));
};
