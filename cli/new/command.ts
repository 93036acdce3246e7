import type { DefineCommand } from '../program/command-table.ts';
import type { NewOptions } from './make-new.ts';

export const defineNew: DefineCommand = (command, begin) => {
  command.description('Makes what one would otherwise copy. Nothing that is there is written over.');
  command
    .command('app')
    .description('A project of your own, in a folder of its name, with a first service.')
    .argument('<name>', 'such as shop')
    .option('--service <name>', 'its first service', 'hello')
    .option(
      '--packages <folder>',
      "take Busline's packages from tarballs in a folder (npm run build makes them)",
    )
    .option('--dry-run', 'only list the files')
    .action(
      async (name: string, options: NewOptions & { readonly service: string; readonly packages?: string }) =>
        (await import('./make-new.ts')).newApp(begin(), name, options),
    );
  command
    .command('service')
    .description(
      'A contract with a first method, a worker that implements it, and a test that needs no broker.',
    )
    .argument('<name>', 'such as order-book')
    .option('--dry-run', 'only list the files')
    .action(async (name: string, options: NewOptions) =>
      (await import('./make-new.ts')).newService(begin(), name, options),
    );
  command
    .command('method')
    .description('A further method of a service: the rpc with its messages, a handler and a test.')
    .argument('<service>', 'such as order-book')
    .argument('<name>', 'such as PlaceOrder')
    .option('--dry-run', 'only list the files')
    .action(async (service: string, name: string, options: NewOptions) =>
      (await import('./make-new.ts')).newMethod(begin(), { service, name }, options),
    );
  command
    .command('event')
    .description('An event: its message, a function that publishes it, and a consumer with a test.')
    .argument('<service>', 'whose package it belongs to, such as order-book')
    .argument('<name>', 'such as OrderPlaced')
    .option(
      '--consumer <worker>',
      'the worker that handles it; made if there is none. Default: the worker of the service',
    )
    .option('--dry-run', 'only list the files')
    .action(async (service: string, name: string, options: NewOptions & { readonly consumer?: string }) =>
      (await import('./make-new.ts')).newEvent(begin(), { service, name }, options),
    );
};
