import { type Bus, mergeStats } from '@busline/bus';
import { edgeFetch } from '../connection/edge-fetch.ts';
import { withBus } from '../connection/with-bus.ts';
import { contractsOf } from '../contracts/generated-files.ts';
import { findEvents } from '../events/find-events.ts';
import type { CommandContext } from '../program/command-context.ts';
import { explainError } from '../program/explain-error.ts';
import { nearestProject } from '../project/find-project.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { type BrokerGreeting, greetBroker } from './greet-broker.ts';

/** The oldest server that has what the bus uses. */
const leastVersion = [2, 11] as const;

/** Looks at broker, edge, workers, streams and consumers. */
export async function* lookAtServers(context: CommandContext): AsyncGenerator<Finding> {
  const { nats } = context.settings;
  const origin = context.settings.all.get('nats')?.origin ?? '';
  const address = nats.replaceAll(/\/\/[^@/,]*@/g, '//(hidden)@');
  let greeting: BrokerGreeting;
  try {
    greeting = await greetBroker(nats);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    yield fail('broker', `${address} (${origin}): ${why}`, 'busline start, or name another with --nats');
    yield await edge(context);
    return;
  }
  yield broker(address, greeting);
  yield await edge(context);
  if (!greeting.jetstream) return;
  try {
    yield* await withBus(context, (bus) => lookAtBus(bus, context));
  } catch (error) {
    const { what, hint } = await explainError(error);
    yield fail('bus', what, hint ?? 'look at the log of the broker');
  }
}

function broker(address: string, { version, jetstream }: BrokerGreeting): Finding {
  const found = `${address}, nats-server ${version}, JetStream ${jetstream ? 'on' : 'off'}`;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1]))
    return fail('broker', found, `nats-server ${leastVersion.join('.')} or newer`);
  return jetstream ? ok('broker', found) : fail('broker', found, 'start it with JetStream: nats-server -js');
}

async function edge(context: CommandContext): Promise<Finding> {
  const url = `${context.settings.edge}/readyz`;
  try {
    const response = await edgeFetch(context)(url, { method: 'GET', signal: AbortSignal.timeout(2_000) });
    const text = (await response.text()).trim().split('\n')[0] ?? '';
    return response.ok
      ? ok('edge', `${context.settings.edge}: ${text || response.status}`)
      : fail('edge', `${url} answers ${response.status} ${text}`, 'its log says what it waits for');
  } catch {
    return fail(
      'edge',
      `${context.settings.edge} does not answer`,
      'busline start, or name another with --edge',
    );
  }
}

async function lookAtBus(bus: Bus, context: CommandContext): Promise<Finding[]> {
  return [
    ...(await workers(bus)),
    ...(await streams(bus, context)),
    ...(await consumers(bus)),
    await deadLetters(bus),
  ];
}

async function workers(bus: Bus): Promise<Finding[]> {
  const stats = await bus.stats();
  if (stats.length === 0)
    return [warn('workers', 'nobody serves anything', 'busline start, or start a worker')];
  const instances = new Set(stats.map(({ instance }) => instance));
  const services = new Set(stats.map(({ service }) => service));
  const findings = [ok('workers', `${instances.size} instances serve ${services.size} services`)];
  for (const service of services) {
    const versions = new Set(stats.filter((one) => one.service === service).map(({ version }) => version));
    if (versions.size > 1)
      findings.push(
        warn(
          'versions',
          `${service} is served as ${[...versions].join(' and ')}`,
          'fine while workers are replaced; else restart the old ones',
        ),
      );
  }
  for (const { service, method, requests, errors } of mergeStats(stats)) {
    if (requests >= 20 && errors / requests > 0.5)
      findings.push(
        warn(
          'errors',
          `${errors} of ${requests} calls of ${service}/${method} failed`,
          'busline trace ls --errors',
        ),
      );
  }
  return findings;
}

async function streams(bus: Bus, context: CommandContext): Promise<Finding[]> {
  const project = nearestProject(context);
  const events = project === undefined ? [] : await findEvents(contractsOf(project));
  if (events.length === 0) return [];
  const plan = await bus.planStreams(events);
  const changed = plan.streams.filter(({ action }) => action !== 'keep').length;
  return [
    changed === 0
      ? ok('streams', 'as the contracts of this project say')
      : warn('streams', `${changed} differ from the contracts of this project`, 'busline events plan'),
  ];
}

async function consumers(bus: Bus): Promise<Finding[]> {
  const all = await bus.consumers.list();
  const idle = all.filter(
    ({ waitingPulls, pending, pausedUntil }) =>
      waitingPulls === 0 && pending > 0 && pausedUntil === undefined,
  );
  const paused = all.filter(({ pausedUntil }) => pausedUntil !== undefined);
  return [
    ...(idle.length === 0 && paused.length === 0
      ? [ok('consumers', `${all.length}, none behind without a reader`)]
      : []),
    ...idle.map(({ consumer, pending }) =>
      warn(
        'consumers',
        `${pending} events wait for ${consumer}, and nobody asks for them`,
        'start its worker: busline ps',
      ),
    ),
    ...paused.map(({ consumer, pausedUntil }) =>
      warn(
        'consumers',
        `${consumer} is paused until ${pausedUntil?.toISOString()}`,
        `busline events resume ${consumer}`,
      ),
    ),
  ];
}

async function deadLetters(bus: Bus): Promise<Finding> {
  const { letters, next } = await bus.deadLetters.list({ limit: 100 });
  if (letters.length === 0) return ok('dead letters', 'none');
  return warn('dead letters', `${letters.length}${next === undefined ? '' : ' or more'}`, 'busline dlq');
}
