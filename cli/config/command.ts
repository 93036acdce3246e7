import type { DefineCommand } from '../program/command-table.ts';

export const defineConfig: DefineCommand = (command, begin) => {
  command
    .command('show', { isDefault: true })
    .description('Prints each setting with where it is from.')
    .action(async () => {
      const { showConfig } = await import('./show-config.ts');
      showConfig(begin());
    });
};
