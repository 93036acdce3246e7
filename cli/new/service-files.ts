import { importLines } from './import-lines.ts';
import type { Name } from './names.ts';
import { created, type PlannedFile } from './planned-file.ts';
import type { Versions } from './versions.ts';

/** What the files of a project say about the project itself. */
export interface ProjectNames {
  /** Name of the package of its contracts, such as `@shop/schemas`. */
  readonly schemas: string;
  /** Scope of its workers' packages, such as `@shop`. */
  readonly scope: string;
  readonly versions: Versions;
}

/** A service with a first method, its worker and their test. */
export function serviceFiles(service: Name, project: ProjectNames): PlannedFile[] {
  const method = `get-${service.kebab}`;
  const folder = `workers/${service.kebab}`;
  return [
    created(contractPath(service), contract(service)),
    created(`${folder}/package.json`, workerManifest(service, project, example(service))),
    created(`${folder}/main.ts`, main(service, ['services'])),
    created(`${folder}/services.ts`, services(service, project)),
    created(`${folder}/${method}.ts`, handler(service, project)),
    created(`${folder}/${method}.test.ts`, test(service, project)),
  ];
}

export function contractPath({ snake }: Name): string {
  return `schemas/${snake}/v1/${snake}.proto`;
}

/** How code imports the contract of a service. */
export function contractModule({ schemas }: ProjectNames, { snake }: Name): string {
  return `${schemas}/${snake}/v1/${snake}`;
}

function contract({ snake, pascal, words, kebab }: Name): string {
  return `syntax = "proto3";

package ${snake}.v1;

import "buf/validate/validate.proto";
import "google/api/annotations.proto";

// All about ${words}.
service ${pascal}Service {
  // Returns a ${words} by its name.
  rpc Get${pascal}(Get${pascal}Request) returns (${pascal}) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (google.api.http) = {get: "/v1/${kebab}/{name}"};
  }
}

// Which ${words} to return.
message Get${pascal}Request {
  // Its name, 1 to 100 characters.
  string name = 1 [
    (buf.validate.field).string.min_len = 1,
    (buf.validate.field).string.max_len = 100
  ];
}

// A ${words}.
message ${pascal} {
  // Its name.
  string name = 1;

  // What there is to say about it.
  string text = 2;
}
`;
}

function example({ kebab, snake, pascal }: Name): object {
  const call = { method: `${snake}.Get${pascal}`, data: { name: 'first' } };
  return { path: `/v1/${kebab}/first`, call };
}

/** @param example A request that shows the worker at work, for the banner of `npm start`. */
export function workerManifest(worker: Name, project: ProjectNames, example?: object): string {
  const { scope, schemas, versions } = project;
  const { busline, schemasVersion, protobuf, connect } = versions;
  const dependencies = Object.fromEntries(
    [
      ['@bufbuild/protobuf', protobuf],
      ['@busline/bus', busline],
      [schemas, schemasVersion],
      ['@connectrpc/connect', connect],
    ].toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  );
  const manifest = {
    name: `${scope}/worker-${worker.kebab}`,
    version: '0.1.0',
    private: true,
    type: 'module',
    dependencies,
    ...(example !== undefined && { busline: { example } }),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** The process of a worker that has services, events or both. */
export function main({ kebab }: Name, parts: readonly ('services' | 'events')[]): string {
  const imports = importLines(
    ['@busline/bus', '{ runWorker }'],
    ['./package.json', 'manifest'],
    ...parts.map((part) => [`./${part}.ts`, `{ ${part} }`] as const),
  );
  return `${imports}
await runWorker({ name: '${kebab}', version: manifest.version, ${parts.join(', ')} });
`;
}

function services(service: Name, project: ProjectNames): string {
  const { kebab, pascal } = service;
  const imports = importLines(
    ['@busline/bus', '{ type Bus, implement, type ServiceBinding }'],
    [contractModule(project, service), `{ ${pascal}Service }`],
    [`./get-${kebab}.ts`, `{ get${pascal} }`],
  );
  return `${imports}
/** What this worker serves. Handlers that call others or publish get the bus from here. */
export function services(_bus: Bus): ServiceBinding[] {
  return [implement(${pascal}Service, { get${pascal} })];
}
`;
}

function handler(service: Name, project: ProjectNames): string {
  const { pascal, words } = service;
  const imports = importLines(
    ['@connectrpc/connect', 'type { MethodImpl }'],
    [contractModule(project, service), `type { ${pascal}Service }`],
  );
  return `${imports}
/** Returns a ${words} by its name. */
export const get${pascal}: MethodImpl<typeof ${pascal}Service.method.get${pascal}> = ({ name }) => ({
  name,
  text: \`This is ${words} \${name}.\`,
});
`;
}

function test(service: Name, project: ProjectNames): string {
  const { kebab, pascal } = service;
  const imports = importLines(
    ['@busline/bus/memory', '{ openMemoryBus }'],
    ['@connectrpc/connect', '{ Code }'],
    [contractModule(project, service), `{ ${pascal}Service }`],
    ['vitest', '{ expect, it }'],
    ['./services.ts', '{ services }'],
  );
  return `${imports}
it('returns what it is asked for', async () => {
  await using bus = await openMemoryBus();
  await bus.serve({ name: '${kebab}', version: '0.0.0', services: services(bus) });

  const found = await bus.client(${pascal}Service).get${pascal}({ name: 'first' });
  expect(found).toMatchObject({ name: 'first', text: expect.stringContaining('first') });
});

it('refuses a request without a name, by the rules of its contract', async () => {
  await using bus = await openMemoryBus();
  await bus.serve({ name: '${kebab}', version: '0.0.0', services: services(bus) });

  const asking = bus.client(${pascal}Service).get${pascal}({ name: '' });
  await expect(asking).rejects.toMatchObject({ code: Code.InvalidArgument });
});
`;
}
