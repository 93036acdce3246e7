import type { DefineCommand } from '../program/command-table.ts';

export const defineContext: DefineCommand = (command, begin) => {
  command
    .command('ls', { isDefault: true })
    .description('Lists the contexts; * marks the chosen one.')
    .action(async () => (await import('./manage-contexts.ts')).listContexts(begin()));
  command
    .command('save <name>')
    .description('Saves the --edge, --nats and --prefix given here under a name.')
    .option('--token-file <path>', 'file that holds the bearer token')
    .option('--deadline <duration>', 'how long a call may take, such as 10s')
    .action(async (name: string, options: { tokenFile?: string; deadline?: string }) =>
      (await import('./manage-contexts.ts')).saveContext(begin(), name, options),
    );
  command
    .command('use [name]')
    .description('Chooses a context for all later commands; without a name, none.')
    .action(async (name?: string) => (await import('./manage-contexts.ts')).useContext(begin(), name));
  command
    .command('rm <name>')
    .description('Removes a context.')
    .action(async (name: string) => (await import('./manage-contexts.ts')).removeContext(begin(), name));
};
