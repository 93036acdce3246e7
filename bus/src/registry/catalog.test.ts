import { GreetService } from '@busline/schemas/greet/v1/greet';
import { describe, expect, it } from 'vitest';
import { type CatalogRecord, catalogService, recordsByService } from './catalog.ts';
import { schemaDigest, serviceSchema } from './schema-digest.ts';

function record(service: string, revision: number, digest = `sha256-${revision}`): CatalogRecord {
  return { service, revision, digest, worker: 'w', version: '1.0.0' };
}

describe('recordsByService()', () => {
  const revisions = (records: Iterable<CatalogRecord>, fleets: Record<string, string[]> = {}) =>
    [...recordsByService(records, new Map(Object.entries(fleets)))].map(([service, found]) => [
      service,
      found.map(({ revision }) => revision),
    ]);

  it('has those of a fleet in its order, of services in the order of their names', () => {
    const records = [record('b.S', 1), record('b.S', 2), record('b.S', 3), record('a.S', 4)];
    const fleets = { 'b.S': ['sha256-3', 'sha256-1'], 'a.S': ['sha256-4'] };
    expect(revisions(records, fleets)).toEqual([
      ['a.S', [4]],
      ['b.S', [3, 1]],
    ]);
  });

  it('passes over what has joined and is not announced yet', () => {
    expect(revisions([record('a.S', 1)], { 'a.S': ['sha256-1', 'sha256-9'], 'b.S': ['sha256-8'] })).toEqual([
      ['a.S', [1]],
    ]);
  });

  it('has the newest of a service without a fleet, as another make may leave it', () => {
    const records = [record('b.S', 2), record('a.S', 1), record('b.S', 5), record('b.S', 3)];
    expect(revisions(records, { 'b.S': ['sha256-9'] })).toEqual([
      ['a.S', [1]],
      ['b.S', [5]],
    ]);
  });

  it('of nothing is nothing', () => {
    expect(revisions([])).toEqual([]);
  });
});

describe('catalogService()', () => {
  const { bytes, digest } = serviceSchema(GreetService);

  it('builds the service from its schema', () => {
    const service = catalogService(record('greet.v1.GreetService', 1, digest), bytes);
    expect(service).toMatchObject({ digest, worker: 'w', version: '1.0.0' });
    expect(service.desc.method.sayHello?.input.typeName).toBe('greet.v1.SayHelloRequest');
    expect(service.registry.getMessage('greet.v1.SayHelloResponse')).toBeDefined();
  });

  it('refuses bytes that are not what their digest names', () => {
    const damaged = bytes.slice(0, -1);
    expect(() => catalogService(record('greet.v1.GreetService', 1, digest), damaged)).toThrow(
      `the stored schema ${digest} is damaged: its digest is ${schemaDigest(damaged)}`,
    );
  });

  it('refuses bytes that are no descriptors', () => {
    const noise = Buffer.from('noise');
    expect(() => catalogService(record('greet.v1.GreetService', 1, schemaDigest(noise)), noise)).toThrow();
  });

  it('refuses a schema without the service', () => {
    expect(() => catalogService(record('greet.v1.OtherService', 1, digest), bytes)).toThrow(
      `the schema ${digest} does not hold the service greet.v1.OtherService`,
    );
  });
});
