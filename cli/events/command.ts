import { InvalidArgumentError } from 'commander';
import type { DefineCommand } from '../program/command-table.ts';
import type { ReplayCommandOptions } from './consumers.ts';
import type { StreamOptions } from './make-streams.ts';

export const defineEvents: DefineCommand = (command, begin) => {
  command.description('The consumers of events and their lag, and the streams that events are stored in.');
  command
    .command('ls', { isDefault: true })
    .description(
      'Shows each consumer: its lag, what is under way, the age of the oldest event it has not handled.',
    )
    .option('--stream <name>', 'only of this stream')
    .action(async (options: { stream?: string }) =>
      (await import('./consumers.ts')).listConsumers(begin(), options),
    );
  command
    .command('pause <consumer>')
    .description('Delivers nothing more to a consumer for a while.')
    .option('--for <duration>', 'for how long; then it goes on by itself', '1h')
    .option('--stream <name>', 'where several streams have such a consumer')
    .action(async (name: string, options: { stream?: string; for: string }) =>
      (await import('./consumers.ts')).pauseConsumer(begin(), name, options),
    );
  command
    .command('resume <consumer>')
    .description('Lets it go on.')
    .option('--stream <name>', 'where several streams have such a consumer')
    .action(async (name: string, options: { stream?: string }) =>
      (await import('./consumers.ts')).resumeConsumer(begin(), name, options),
    );
  command
    .command('replay <consumer>')
    .description('Delivers a part of a stream again, to this consumer alone. Live events go on beside it.')
    .requiredOption(
      '--from <place>',
      'the first: its place in the stream, a time, or how long ago, such as 10m',
    )
    .option('--to <place>', 'the last; default: the last there is now')
    .option('--event <type...>', 'only events of these types')
    .option('--stream <name>', 'where several streams have such a consumer')
    .option('--new-ids', 'give the events new ids, so that inboxes take them for others')
    .option('--id <name>', 'names the replay, so that one that was broken off goes on')
    .option('--dry-run', 'only say what it would do')
    .action(async (name: string, options: ReplayCommandOptions) =>
      (await import('./consumers.ts')).replayEvents(begin(), name, options),
    );
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
