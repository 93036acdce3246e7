import { Option } from 'commander';
import type { DefineCommand } from '../program/command-table.ts';
import type { CallOptions } from './call.ts';

export const defineCall: DefineCommand = (command, begin) => {
  command
    .description(
      'Calls a method: of any kind, by its live contract. A part of its name is enough where it is one method’s only.',
    )
    .argument('<method>', 'such as orders.v1.OrderService/PlaceOrder, or orders.PlaceOrder')
    .option(
      '-d, --data <json>',
      'the request: JSON, @file, or - for standard input; one line each for a stream',
    )
    .option('-H, --header <name: value>', 'metadata, as often as needed', collect)
    .addOption(new Option('--via <way>', 'by the bus or through the edge').choices(['nats', 'edge']))
    .addOption(
      new Option('--protocol <name>', 'with --via edge; default connect').choices([
        'connect-json',
        'connect',
        'grpc',
        'grpc-web',
      ]),
    )
    .option('--instance <id>', 'this instance only, as busline ps shows it')
    .option('--deadline <duration>', 'give up after this long, such as 500ms or 10s')
    .option('-v, --verbose', 'tell headers, trailers and time')
    .option('--unredacted', 'print also what the contract marks debug_redact')
    .option('--trace', 'draw what the call did, as the edge has heard of it')
    .addOption(
      new Option('--as <form>', 'print the same call for another tool').choices(['curl', 'grpcurl', 'ts']),
    )
    .option('--example', 'print a request to begin with')
    .action(async (method: string, options: CallOptions) =>
      (await import('./call.ts')).call(begin(), method, options),
    )
    .addHelpText(
      'after',
      `
Examples:
  busline call greet.SayHello -d '{"name":"Ada"}'
  busline call orders.PlaceOrder --example > order.json
  busline call orders.PlaceOrder -d @order.json -H 'idempotency-key: 4711' --deadline 2s
  printf '{"name":"Ada"}\\n{"name":"Eve"}\\n' | busline call greet.Chat -d -
  busline call orders.PlaceOrder -d @order.json --as curl`,
    );
};

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
