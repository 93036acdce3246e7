import type { DefineCommand } from '../program/command-table.ts';

export const defineStart: DefineCommand = (command, begin) => define(command, begin, []);
export const defineDev: DefineCommand = (command, begin) => define(command, begin, ['--watch']);

/** The options are those of the program that runs the system, which explains them itself. */
function define(
  command: Parameters<DefineCommand>[0],
  begin: Parameters<DefineCommand>[1],
  extra: readonly string[],
): void {
  command
    .allowUnknownOption()
    .helpOption(false)
    .argument('[options...]', 'passed on; --help lists them')
    .action(async (options: readonly string[]) =>
      (await import('./start-system.ts')).startSystem(begin(), [...options, ...extra]),
    );
}
