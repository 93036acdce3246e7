import type { DefineCommand } from '../program/command-table.ts';

export const defineDoctor: DefineCommand = (command, begin) => {
  command
    .description(
      'Looks at what Busline needs and at what runs, and says how to mend what is wrong. Exit code 8 when something is.',
    )
    .action(async () => (await import('./doctor.ts')).doctor(begin()));
};
