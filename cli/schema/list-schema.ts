import { eventContract } from '@busline/bus';
import { matchNames } from '../contracts/find-by-name.ts';
import { methodName } from '../contracts/known-service.ts';
import type { CommandContext } from '../program/command-context.ts';
import { liveContracts } from './live-contracts.ts';

/** The names are part of what `--json` promises. */
interface Row {
  readonly kind: string;
  readonly name: string;
  /** Request and response of a method; stream of an event. */
  readonly input?: string;
  readonly output?: string;
  readonly stream?: string;
  /** Worker that announced it first, with its version. */
  readonly worker?: string;
}

/** Lists methods and events. */
export async function listSchema(
  context: CommandContext,
  { service }: { readonly service?: string },
): Promise<void> {
  const { output } = context;
  const { services, events } = await liveContracts(context);
  const rows: Row[] = [
    ...[...services.values()].flatMap(({ desc, worker, version }) =>
      desc.methods.map((method) => ({
        kind: method.methodKind.replace('_streaming', ' stream'),
        name: methodName(method),
        input: method.input.typeName,
        output: method.output.typeName,
        worker: `${worker} ${version}`,
      })),
    ),
    ...[...events.values()].map(({ schema }) => ({
      kind: 'event',
      name: schema.typeName,
      stream: eventContract(schema).stream.name,
    })),
  ];
  const owners = [...services.keys(), ...events.keys()];
  const fitting = service === undefined ? undefined : new Set(matchNames(service, owners));
  const shown = rows.filter(({ name }) => fitting === undefined || fitting.has(name.split('/')[0] ?? name));
  if (output.json) {
    output.document({ contracts: shown });
    return;
  }
  const { paint } = output;
  output.table(
    [
      { title: 'KIND', text: ({ kind }) => kind, paint: paint.dim },
      { title: 'NAME', text: ({ name }) => name, shrinksTo: 30, keep: 'end' },
      {
        title: 'TAKES',
        text: ({ input, stream }) => input ?? `stored in ${stream}`,
        shrinksTo: 16,
        keep: 'end',
        optional: 2,
      },
      {
        title: 'ANSWERS',
        text: ({ output: answer }) => answer ?? '',
        shrinksTo: 12,
        keep: 'end',
        optional: 3,
      },
      { title: 'WORKER', text: ({ worker }) => worker ?? '', optional: 4 },
    ],
    shown,
    'no contracts in the registry',
  );
}
