import { importLines, withImport } from './import-lines.ts';
import { conflict, unreadable, withProtoImport } from './method-files.ts';
import type { Name } from './names.ts';
import { created, type PlannedFile, updated } from './planned-file.ts';
import { main, type ProjectNames, workerManifest } from './service-files.ts';

/** What an event changes, as it is; undefined for what is not there. */
export interface EventSources {
  /** The contract of the events of the package. */
  readonly events: string | undefined;
  /** `main.ts` of the worker that handles it. */
  readonly consumerMain: string | undefined;
  /** `events.ts` of that worker. */
  readonly consumerEvents: string | undefined;
}

export interface NewEvent {
  /** The package it belongs to, and the worker that publishes it. */
  readonly service: Name;
  readonly event: Name;
  /** The worker that handles it, which may be the same. */
  readonly consumer: Name;
  readonly project: ProjectNames;
}

/**
 * A further event: its message, a function that publishes it, and a handler in the worker that consumes it, with a test.
 *
 * @throws CommandFailure CONFLICT or UNREADABLE, as `methodFiles` does.
 */
export function eventFiles(wanted: NewEvent, sources: EventSources): PlannedFile[] {
  const { service, event, consumer, project } = wanted;
  const contract = eventsPath(service);
  const publisher = `workers/${service.kebab}`;
  const folder = `workers/${consumer.kebab}`;
  return [
    sources.events === undefined
      ? created(contract, eventsContract(service, event))
      : updated(contract, withEvent(sources.events, contract, event)),
    created(`${publisher}/publish-${event.kebab}.ts`, publish(wanted)),
    ...consumerFiles(wanted, sources, folder),
    created(`${folder}/on-${event.kebab}.ts`, handler(wanted)),
    created(`${folder}/on-${event.kebab}.test.ts`, test(wanted)),
    ...(sources.consumerMain === undefined
      ? [created(`${folder}/package.json`, workerManifest(consumer, project))]
      : []),
  ];
}

export function eventsPath({ snake }: Name): string {
  return `schemas/${snake}/v1/events.proto`;
}

function eventsModule({ project, service }: NewEvent): string {
  return `${project.schemas}/${service.snake}/v1/events`;
}

function eventsContract(service: Name, event: Name): string {
  return `syntax = "proto3";

package ${service.snake}.v1;

import "buf/validate/validate.proto";
import "busline/events/v1/options.proto";

${message(event)}`;
}

function withEvent(contract: string, path: string, event: Name): string {
  if (new RegExp(`\\bmessage\\s+${event.pascal}\\b`).test(contract)) {
    throw conflict(`${path} has the message ${event.pascal} already`);
  }
  const imports = ['buf/validate/validate.proto', 'busline/events/v1/options.proto'];
  return imports.reduce(withProtoImport, `${contract.trimEnd()}\n\n${message(event)}`);
}

function message({ pascal, words }: Name): string {
  return `// It happened: ${words}.
message ${pascal} {
  option (busline.events.v1.event) = {key: "name"};

  // The name of what it is about, 1 to 100 characters. Events of one name can be handled in their order.
  string name = 1 [
    (buf.validate.field).string.min_len = 1,
    (buf.validate.field).string.max_len = 100
  ];
}
`;
}

function publish(wanted: NewEvent): string {
  const { pascal, words } = wanted.event;
  const imports = importLines(
    ['@busline/bus', 'type { Bus, Published }'],
    [eventsModule(wanted), `{ ${pascal}Schema }`],
  );
  return `${imports}
/** Tells everybody who wants to know: ${words}. Resolves when the broker has stored it. */
export function publish${pascal}(bus: Bus, name: string): Promise<Published> {
  return bus.publish(${pascal}Schema, { name });
}
`;
}

function consumerFiles({ event, consumer }: NewEvent, sources: EventSources, folder: string): PlannedFile[] {
  const { consumerMain, consumerEvents } = sources;
  const events =
    consumerEvents === undefined
      ? created(`${folder}/events.ts`, eventsList(event))
      : updated(`${folder}/events.ts`, withListed(consumerEvents, `${folder}/events.ts`, event));
  if (consumerMain === undefined) return [events, created(`${folder}/main.ts`, main(consumer, ['events']))];
  if (consumerEvents !== undefined) return [events];
  return [events, updated(`${folder}/main.ts`, withEvents(consumerMain, `${folder}/main.ts`))];
}

function eventsList({ pascal, kebab }: Name): string {
  const imports = importLines(
    ['@busline/bus', 'type { EventBinding }'],
    [`./on-${kebab}.ts`, `{ on${pascal} }`],
  );
  return `${imports}
/** What this worker does when something has happened. */
export function events(): EventBinding[] {
  return [on${pascal}(console.log)];
}
`;
}

function withListed(source: string, path: string, { pascal, kebab }: Name): string {
  const pattern = /(return \[)([^\]]*?)(,?\s*)\];/;
  if (!pattern.test(source)) throw unreadable(path, '"return [ … ];"');
  const listed = source.replace(
    pattern,
    (_, before: string, items: string) => `${before}${items}, on${pascal}(console.log)];`,
  );
  return withImport(listed, [`./on-${kebab}.ts`, `{ on${pascal} }`]);
}

function withEvents(source: string, path: string): string {
  const pattern = /(runWorker\(\{[^}]*?)(,?\s*)\}\)/;
  if (!pattern.test(source)) throw unreadable(path, '"runWorker({ … })"');
  const named = source.replace(pattern, (_, before: string) => `${before}, events })`);
  return withImport(named, ['./events.ts', '{ events }']);
}

function handler(wanted: NewEvent): string {
  const { event, consumer } = wanted;
  const { pascal, words } = event;
  const imports = importLines(
    ['@busline/bus', '{ type EventBinding, on }'],
    [eventsModule(wanted), `{ ${pascal}Schema }`],
  );
  return `${imports}
/** What ${consumer.words} does when it hears: ${words}. It may hear it more than once; the event's id tells. */
export function on${pascal}(tell: (text: string) => void): EventBinding {
  return on(${pascal}Schema, { consumer: '${consumer.kebab}' }, ({ name }, { id }) => {
    tell(\`${words}: \${name} (event \${id})\`);
  });
}
`;
}

function test(wanted: NewEvent): string {
  const { event, consumer } = wanted;
  const { pascal, words, kebab } = event;
  const imports = importLines(
    ['@busline/bus/memory', '{ openMemoryBus }'],
    [eventsModule(wanted), `{ ${pascal}Schema }`],
    ['vitest', '{ expect, it }'],
    [`./on-${kebab}.ts`, `{ on${pascal} }`],
  );
  return `${imports}
it('hears of ${words}', async () => {
  await using bus = await openMemoryBus({ events: [${pascal}Schema] });
  const told: string[] = [];
  const events = [on${pascal}((text) => told.push(text))];
  await bus.serve({ name: '${consumer.kebab}', version: '0.0.0', events });

  await bus.publish(${pascal}Schema, { name: 'first' }, { id: '1' });
  await expect.poll(() => told).toEqual(['${words}: first (event 1)']);
});
`;
}
