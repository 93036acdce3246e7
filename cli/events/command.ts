import { InvalidArgumentError } from 'commander';
import type { DefineCommand } from '../program/command-table.ts';
import type { StreamOptions } from './make-streams.ts';

export const defineEvents: DefineCommand = (command, begin) => {
  command.description('Streams of events, as the contracts of this project say.');
  command
    .command('plan')
    .description('Shows how the streams of the broker differ from the contracts. Exit code 8 when they do.')
    .option('--replicas <1 to 5>', 'copies of streams whose contract does not say', parseReplicas, 1)
    .option('--quiet', 'say nothing where nothing is to be done')
    .action(async (options: StreamOptions) =>
      (await import('./make-streams.ts')).planStreams(begin(), options),
    );
  command
    .command('apply')
    .description(
      'Makes them as the contracts say. Exit code 7 when something that would lose events was left out.',
    )
    .option('--replicas <1 to 5>', 'copies of streams whose contract does not say', parseReplicas, 1)
    .option('--destructive', 'also make changes that lose events or the order of keys')
    .option('--quiet', 'say nothing where nothing is to be done')
    .action(async (options: StreamOptions) =>
      (await import('./make-streams.ts')).applyStreams(begin(), options),
    );
};

function parseReplicas(text: string): number {
  if (!/^[1-5]$/.test(text)) throw new InvalidArgumentError('It must be 1 to 5.');
  return Number(text);
}
