import type { Transport } from '@connectrpc/connect';
import type { KnownService } from '../contracts/known-service.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import type { EdgeProtocol } from './edge-transport.ts';

/** Which way calls go. */
export type Via = 'nats' | 'edge';

export interface TransportChoice {
  /** Id of the instance to call, on the bus only. */
  readonly instance?: string | undefined;
  /** How the edge is spoken to. */
  readonly protocol?: EdgeProtocol | undefined;
}

/** Who is called: the bus, or the edge. */
export interface Target {
  readonly via: Via;
  /** What can be called, by full name. */
  services(): Promise<ReadonlyMap<string, KnownService>>;
  transport(choice?: TransportChoice): Transport;
}

/** Opens the way that was asked for, for the time of `work`. Default: the bus, unless only an edge is configured. */
export async function withTarget<T>(
  context: CommandContext,
  via: Via | undefined,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  if ((via ?? defaultVia(context)) === 'edge') return await work(await edgeTarget(context));
  const [{ withBus }, { servicesOfBus }] = await Promise.all([
    import('./with-bus.ts'),
    import('../contracts/services-of-bus.ts'),
  ]);
  return await withBus(context, (bus) =>
    work({
      via: 'nats',
      services: () => servicesOfBus(bus),
      transport({ instance, protocol } = {}) {
        if (protocol !== undefined) throw onlyWith('--protocol', 'edge');
        return bus.transport({ ...(instance !== undefined && { instance }) });
      },
    }),
  );
}

async function edgeTarget(context: CommandContext): Promise<Target> {
  const [{ edgeTransport }, { servicesOfEdge }] = await Promise.all([
    import('./edge-transport.ts'),
    import('../contracts/services-of-edge.ts'),
  ]);
  let known: Promise<ReadonlyMap<string, KnownService>> | undefined;
  return {
    via: 'edge',
    services() {
      known ??= servicesOfEdge(edgeTransport(context));
      return known;
    },
    transport({ instance, protocol } = {}) {
      if (instance !== undefined) throw onlyWith('--instance', 'nats');
      return edgeTransport(context, protocol);
    },
  };
}

function defaultVia({ settings: { all } }: CommandContext): Via {
  const isDefault = (name: 'edge' | 'nats') => all.get(name)?.origin === 'default';
  return isDefault('nats') && !isDefault('edge') ? 'edge' : 'nats';
}

function onlyWith(option: string, via: Via): CommandFailure {
  return new CommandFailure({
    code: 'USAGE',
    exitCode: ExitCode.usage,
    what: `${option} goes with --via ${via} only`,
    hint: `leave ${option} out, or say --via ${via}`,
  });
}
