import type { DefineCommand } from '../program/command-table.ts';
import type { TraceListOptions } from './list-traces.ts';

export const defineTrace: DefineCommand = (command, begin) => {
  command.description('What requests did on their way: the traces that the edge has kept.');
  command
    .command('ls', { isDefault: true })
    .description('Lists traces, the newest first.')
    .option('--errors', 'only those with an error')
    .option('--min <duration>', 'only those whose caller waited at least this long')
    .option('--service <name>', 'only those in which this service took part, such as orders')
    .option('--method <name>', 'only those with this method or HTTP route')
    .option('--attribute <key=value...>', 'only those with a span that has each of these')
    .option('--since <place>', 'only those that began since a time, or within a duration such as 10m')
    .option('--limit <n>', 'at most this many', '20')
    .action(async (options: TraceListOptions) =>
      (await import('./list-traces.ts')).listTraces(begin(), options),
    );
  command
    .command('show <id>')
    .description('Shows one as a waterfall: what called what, when, and for how long.')
    .option('--attributes', 'with what is known about each span')
    .action(async (id: string, options: { attributes?: boolean }) =>
      (await import('./show-trace.ts')).showTrace(begin(), id, options),
    );
};
