import type { DefineCommand } from '../program/command-table.ts';

export const defineOpen: DefineCommand = (command, begin) => {
  command
    .description('Opens a page of the edge in the browser, and prints its address.')
    .argument('[page]', 'docs, openapi.json, protos, or any other path of the edge', 'docs')
    .option('--print', 'only print the address')
    .action(async (page: string, options: { print?: boolean }) =>
      (await import('./open-page.ts')).openPage(begin(), page, options),
    );
};
