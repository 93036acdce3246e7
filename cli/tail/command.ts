import type { DefineCommand } from '../program/command-table.ts';
import type { TailOptions } from './tail.ts';

export const defineTail: DefineCommand = (command, begin) => {
  command
    .description(
      'Prints events as they are stored, decoded. Leaves nothing at the broker, and takes nothing from consumers.',
    )
    .argument(
      '[event]',
      'an event such as OrderPlaced, or a stream such as EVT_ORDERS; all streams where it is left out',
    )
    .option('--last <n>', 'begin with the last so many')
    .option('--since <place>', 'begin at a place, a time, or how long ago, such as 10m')
    .option('--from-start', 'begin with the oldest there is')
    .option('--key <key>', 'only events with this key')
    .option(
      '--filter <test...>',
      'only where a field is so: path=value, path!=value, path~text, path>5, path<5',
    )
    .option('--no-follow', 'end with the last event there is now')
    .option('--raw', 'subject, headers and bytes as they are')
    .action(async (name: string | undefined, options: TailOptions) =>
      (await import('./tail.ts')).tail(begin(), name, options),
    )
    .addHelpText(
      'after',
      `
Examples:
  busline tail                                  all events from now on
  busline tail OrderPlaced --last 20
  busline tail orders.v1.OrderPlaced --since 10m --filter customerId=ada --json`,
    );
};
