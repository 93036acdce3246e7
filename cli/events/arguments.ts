import { parseArgs } from 'node:util';

/** What the command is to do. */
export interface EventsCommand {
  readonly action: 'plan' | 'apply';
  /** Copies of a stream whose contract does not say. */
  readonly replicas: number;
  /** Make changes that lose something as well. */
  readonly destructive: boolean;
  /** Say nothing where nothing is to be done. */
  readonly quiet: boolean;
}

export const usage = `npm run events -- plan     show how the streams at NATS_URL differ from the contracts
npm run events -- apply    make them as the contracts say

  --replicas <1 to 5>   copies of streams whose contract does not say (default 1)
  --destructive         with apply: also make changes that lose events or the order of keys
  --quiet               say nothing where nothing is to be done`;

/** @throws Error naming the argument that cannot be used. */
export function parseEventsCommand(args: readonly string[]): EventsCommand {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      replicas: { type: 'string', default: '1' },
      destructive: { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
    },
  });
  const [action, ...rest] = positionals;
  if ((action !== 'plan' && action !== 'apply') || rest.length > 0) {
    throw new Error(`"${positionals.join(' ')}" is not plan or apply`);
  }
  if (!/^[1-5]$/.test(values.replicas)) throw new Error(`--replicas must be 1 to 5, not ${values.replicas}`);
  if (action === 'plan' && values.destructive)
    throw new Error('--destructive goes with apply: a plan changes nothing');
  return { action, replicas: Number(values.replicas), destructive: values.destructive, quiet: values.quiet };
}
