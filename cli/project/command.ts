import type { DefineCommand } from '../program/command-table.ts';

export const defineGen: DefineCommand = (command, begin) => {
  command
    .description(
      'Brings the generated code of this project up to date with its contracts (npm run generate).',
    )
    .action(async () => (await import('./project-tasks.ts')).generateCode(begin()));
};

export const defineCheck: DefineCommand = (command, begin) => {
  command
    .description(
      'Checks the contracts of this project: style, breaking changes, generated code; and where a system runs, what it has that differs. Exit code 8 when something is found.',
    )
    .action(async () => (await import('./project-tasks.ts')).checkContracts(begin()));
};
