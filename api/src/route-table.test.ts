import type { FileRegistry } from '@bufbuild/protobuf';
import type { CatalogService } from '@busline/bus';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { buildRegistry } from '../testing/build-registry.ts';
import { defaultLimits } from './limits.ts';
import { createLiveRoutes } from './live-routes.ts';
import { createPolicyResolver } from './policies/method-policy.ts';
import { compileService, joinRoutes } from './route-table.ts';
import { formatRuleFault } from './transcode/http-rule.ts';

function catalogOf(registry: FileRegistry, names: readonly string[]) {
  const services = new Map<string, CatalogService>();
  for (const name of names) {
    const desc = registry.getService(name);
    if (desc === undefined) throw new Error(`no service ${name}`);
    services.set(name, { desc, registry, digest: name, worker: 'test', version: '1.0.0' });
  }
  return { services };
}

const policyOf = createPolicyResolver({ limits: defaultLimits });
const compile = (service: CatalogService) => compileService(service, { rest: {}, policyOf });

describe('joinRoutes()', () => {
  const service = (name: string, rules: readonly string[]) => `
    service ${name} {
      ${rules.map((rule, i) => `rpc M${i}(M) returns (M) { option (google.api.http) = {${rule}}; }`).join('\n')}
    }`;
  const registry = buildRegistry({
    'test/routes.proto': `
      syntax = "proto3";
      package test;
      import "google/api/annotations.proto";
      message M { string id = 1; string name = 2; }
      ${service('A', ['get: "/v1/{id}"', 'get: "/v1/{name}"', 'post: "/v1/{id}"', 'get: "/v1/{"'])}
      ${service('B', ['get: "/v1/{id=*}"', 'get: "/v1/b"', 'get: "/livez"', 'post: "/test.A/M0" body: "*"', 'get: "/docs/{id}"'])}`,
  });

  it('gives each request to one method, and names both of a conflict', () => {
    // The order of the catalog does not matter.
    for (const names of [
      ['test.A', 'test.B'],
      ['test.B', 'test.A'],
    ]) {
      const table = joinRoutes(catalogOf(registry, names), {
        routesOf: compile,
        local: [],
        errorFormat: 'problem',
      });
      expect(table.faults.map(formatRuleFault)).toEqual([
        'test/routes.proto: test.A.M3: GET /v1/{: syntax error at column 6: expected a field name, got the end',
        'test/routes.proto: test.A.M1: GET /v1/{name}: test.A.M0 already answers the same requests by /v1/{id}',
        'test/routes.proto: test.B.M0: GET /v1/{id=*}: test.A.M0 already answers the same requests by /v1/{id}',
        'test/routes.proto: test.B.M2: GET /livez: the path belongs to the edge itself',
        'test/routes.proto: test.B.M3: POST /test.A/M0: the path belongs to test.A/M0',
        'test/routes.proto: test.B.M4: GET /docs/{id}: the path belongs to the edge itself',
      ]);
      expect(table.rest.match('GET', '/v1/x')).toMatchObject({ value: { record: { name: 'test.A/M0' } } });
      expect(table.rest.match('GET', '/v1/b')).toMatchObject({ value: { record: { name: 'test.B/M1' } } });
      expect([...table.procedures.keys()]).toHaveLength(9);
      expect(table.served.map(({ binding }) => binding.template.text)).toEqual([
        '/v1/{id}',
        '/v1/{id}',
        '/v1/b',
      ]);
    }
  });
});

describe('live routes', () => {
  const size = { services: 50, methods: 20 };
  const service = (s: number) => `
    message M${s} { string id = 1; string parent = 2; int32 page_size = 3; repeated string tags = 4; }
    service Service${s} {
      ${Array.from(
        { length: size.methods },
        (_, m) => `rpc Method${m}(M${s}) returns (M${s}) {
          option (google.api.http) = {post: "/v1/{parent=areas/*}/things${s}x${m}/{id}:do" body: "*"}; }`,
      ).join('\n')}
    }`;
  const registry = buildRegistry({
    'test/large.proto': `
      syntax = "proto3";
      package test;
      import "google/api/annotations.proto";
      ${Array.from({ length: size.services }, (_, s) => service(s)).join('\n')}`,
  });
  const names = Array.from({ length: size.services }, (_, s) => `test.Service${s}`);

  it('of 1000 methods are in place within a second, and faster when little changed', () => {
    const routes = createLiveRoutes({ log: pino({ level: 'silent' }), policyOf });
    const all = catalogOf(registry, names);
    const startedAtMs = performance.now();
    routes.update(all);
    const first = performance.now() - startedAtMs;
    const { table } = routes;
    expect(table.procedures.size).toBe(1000);
    // The limit only tells a mistake from a busy machine.
    expect(first).toBeLessThan(1000);

    const fewer = new Map(all.services);
    fewer.delete('test.Service7');
    routes.update({ services: fewer });
    expect(routes.table.procedures.size).toBe(980);
    // Who holds the old table keeps its routes.
    expect(table.procedures.size).toBe(1000);
    // Contracts that stayed were not compiled again.
    expect(routes.table.services[0]).toBe(table.services[0]);
  });

  it('are unknown until the first catalog', () => {
    const routes = createLiveRoutes({ log: pino({ level: 'silent' }), policyOf });
    expect([routes.loaded, routes.table.services]).toEqual([false, []]);
    routes.update({ services: new Map() });
    expect(routes.loaded).toBe(true);
  });

  it('report a broken rule once', () => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const routes = createLiveRoutes({ log, policyOf });
    const broken = buildRegistry({
      'test/broken.proto': `
        syntax = "proto3";
        package test;
        import "google/api/annotations.proto";
        message M {}
        service S { rpc X(M) returns (M) { option (google.api.http) = {get: "/v1/{nope}"}; } }`,
    });
    const catalog = catalogOf(broken, ['test.S']);
    routes.update(catalog);
    routes.update(catalog);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        fault:
          'test/broken.proto: test.S.X: GET /v1/{nope}: path variable "nope": test.M has no field "nope"',
      }),
    ]);
  });
});
