import { InvalidArgumentError } from 'commander';
import type { DefineCommand } from '../program/command-table.ts';
import type { PublishOptions } from './publish.ts';

export const definePublish: DefineCommand = (command, begin) => {
  command
    .description(
      'Publishes events, checked against their live contract. Each is told once the broker has stored it.',
    )
    .argument('<event>', 'such as orders.v1.OrderPlaced, or OrderPlaced')
    .option(
      '-d, --data <json>',
      'the event: JSON, @file, or - for standard input; several events are a line each',
    )
    .option('--id <id>', 'names the event: the same id within two minutes is one event')
    .option(
      '-H, --attribute <name: value>',
      'further CloudEvents attributes, as often as needed',
      collect,
      [],
    )
    .option('--count <n>', 'publish it so many times, each with an id of its own', positive)
    .option('--rate <n>', 'at most this many a second', positive)
    .option('--example', 'print an event to begin with')
    .action(async (event: string, options: PublishOptions) =>
      (await import('./publish.ts')).publish(begin(), event, options),
    )
    .addHelpText(
      'after',
      `
Examples:
  busline publish OrderPlaced --example > event.json
  busline publish OrderPlaced -d @event.json --id order-4711
  busline publish OrderPlaced -d - < events.ndjson`,
    );
};

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}
