import { InvalidArgumentError, Option } from 'commander';
import type { DefineCommand } from '../program/command-table.ts';
import type { BenchOptions } from './bench.ts';

export const defineBench: DefineCommand = (command, begin) => {
  command
    .description(
      'Calls a unary method for a while and tells how long its answers took. With --rate, a call’s time begins when it was to be made.',
    )
    .argument('<method>', 'such as orders.v1.OrderService/GetOrder, or greet.SayHello')
    .option('--data <json>', 'the request: JSON, @file, or - for standard input')
    .option('-c, --concurrency <n>', 'calls under way at once, at most', whole(4_096), 64)
    .option('-d, --duration <duration>', 'how long to measure', '10s')
    .option('--rate <n>', 'calls a second, however long they take', whole(1_000_000))
    .option('--warmup <duration>', 'calls before that are not counted', '1s')
    .addOption(new Option('--via <way>', 'by the bus or through the edge').choices(['nats', 'edge']))
    .addOption(
      new Option('--protocol <name>', 'with --via edge').choices([
        'connect-json',
        'connect',
        'grpc',
        'grpc-web',
      ]),
    )
    .option('-H, --header <name: value>', 'metadata, as often as needed', collect)
    .option('--compare <file>', 'an earlier run’s --json output')
    .option('--fail-if <condition...>', "exit code 8 when it holds, such as 'p99>20ms' or 'errors>0'")
    .action(async (method: string, options: BenchOptions) =>
      (await import('./bench.ts')).bench(begin(), method, options),
    )
    .addHelpText(
      'after',
      `
Examples:
  busline bench greet.SayHello --data '{"name":"Ada"}' -c 64 -d 10s
  busline bench greet.SayHello --data '{"name":"Ada"}' --rate 2000 --json > before.json
  busline bench greet.SayHello --data '{"name":"Ada"}' --rate 2000 --compare before.json --fail-if 'p99>1.2x'`,
    );
};

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function whole(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,9}$/.test(text) || value < 1 || value > most)
      throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
    return value;
  };
}
