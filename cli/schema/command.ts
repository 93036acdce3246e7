import type { DefineCommand } from '../program/command-table.ts';

export const defineSchema: DefineCommand = (command, begin) => {
  command.description('The contracts that are live: services, methods, events.');
  command
    .command('ls', { isDefault: true })
    .description('Lists methods and events.')
    .option('--service <name>', 'only services and events that this name fits')
    .action(async (options: { service?: string }) =>
      (await import('./list-schema.ts')).listSchema(begin(), options),
    );
  command
    .command('show <name>')
    .description('Prints the .proto file of a service, a method, a message or an event.')
    .action(async (name: string) => (await import('./show-schema.ts')).showSchema(begin(), name));
  command
    .command('diff [service]')
    .description(
      'Compares the contracts of this project with the live ones. Exit code 8 when they differ, with what breaks.',
    )
    .action(async (service?: string) => (await import('./diff-schema.ts')).diffSchema(begin(), service));
};
