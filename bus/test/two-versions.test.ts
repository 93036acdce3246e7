import {
  type Bus,
  type Catalog,
  type CatalogService,
  faultReason,
  implement,
  type Worker,
} from '@busline/bus';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ContractVersion, contractVersion } from '../src/registry/testing/contract-version.ts';
import { failureOf, type System, startSystem, until } from './system.ts';

const running = startSystem();
let system: System;
let packages = 0;
let service: string;
let watcher: Bus;
let told: Catalog[];
beforeEach(async () => {
  system = await running;
  service = `versions${++packages}.v1.ThingService`;
  watcher = await system.connect();
  told = [];
  await watcher.watchCatalog((catalog) => told.push(catalog));
});
afterEach(() => system.reset());
afterAll(async () => (await running).close());

const first: ContractVersion = { fields: { id: [1, 'STRING'], old: [2, 'INT32'] }, methods: ['Get', 'List'] };
const second: ContractVersion = {
  fields: { id: [1, 'STRING'], note: [3, 'STRING'] },
  reservedNumbers: [2],
  reservedNames: ['old'],
  methods: ['Get', 'Find'],
};
const third: ContractVersion = { ...second, methods: ['Get', 'Find', 'Count'] };
const contradicting: ContractVersion = { ...second, fields: { id: [1, 'INT32'] }, methods: ['Get'] };

async function serve(contract: ContractVersion, contractGate: 'refuse' | 'warn' = 'refuse'): Promise<Worker> {
  const bus = await system.connect();
  const desc = contractVersion({ ...contract, package: service.replace('.ThingService', '') });
  const answer = (thing: { readonly id?: unknown }) => thing;
  const handlers = Object.fromEntries(desc.methods.map(({ localName }) => [localName, answer]));
  return await bus.serve({
    name: 'things',
    version: '1.0.0',
    contractGate,
    services: [implement(desc, handlers)],
  });
}

const known = (): CatalogService | undefined => told.at(-1)?.services.get(service);
const methods = (): string[] | undefined => known()?.desc.methods.map(({ name }) => name);
const fields = (): string[] | undefined => known()?.desc.method.get?.input.fields.map(({ name }) => name);

/** What becomes of a call, as bytes. */
async function call(method: string, partial: boolean): Promise<string | undefined> {
  const body = new Uint8Array(0);
  const made = watcher.callUnary({ service, method, body, idempotent: true, partial });
  return await made.then(
    () => 'answered',
    (error: unknown) => faultReason(error),
  );
}

describe('the catalog of a service in two versions', () => {
  it('has what either has, and keeps it whoever comes and goes', async () => {
    const one = await serve(first);
    await until('the first is seen', () => known() !== undefined);
    expect(known()?.partial ?? new Set()).toEqual(new Set());
    const two = await serve(second);
    await until('both are seen', () => methods()?.length === 3);
    expect(methods()).toEqual(['Get', 'Find', 'List']);
    expect(fields()).toEqual(['id', 'note', 'old']);
    expect(known()?.partial).toEqual(new Set(['List', 'Find']));

    const [united, times] = [known(), told.length];
    await one.stop();
    await two.stop();
    await serve(first);
    await serve(second);
    await serve(first);
    // Another service is told of after all that: had there been news of this one, it would have come before.
    const bus = await system.connect();
    const other = contractVersion({ ...first, package: `beside${packages}.v1` });
    await bus.serve({ name: 'other', version: '1.0.0', services: [implement(other, {})] });
    await until('the other service is seen', () => told.length > times);
    expect(told).toHaveLength(times + 1);
    expect(known()).toBe(united);
  });

  it('forgets a version that is gone when a new one comes', async () => {
    const one = await serve(first);
    await serve(second);
    await one.stop();
    await until('both are seen', () => methods()?.length === 3);
    await serve(third);
    await until('the third is seen', () => methods()?.includes('Count') === true);
    expect(methods()).toEqual(['Get', 'Find', 'Count']);
    expect(fields()).toEqual(['id', 'note']);
  });

  it('has the later of two that contradict each other', async () => {
    await serve(first);
    await serve(contradicting, 'warn');
    await until('the later one is seen', () => methods()?.length === 1);
    expect(known()?.desc.method.get?.input.field.id?.scalar).toBe(5);
  });
});

describe('a method that only one version has', () => {
  it('is unavailable while its version is away, where one that all have would not be implemented', async () => {
    const one = await serve(first);
    const two = await serve(second);
    expect([await call('List', true), await call('Find', true)]).toEqual(['answered', 'answered']);
    await two.stop();
    expect([await call('List', true), await call('Find', true)]).toEqual(['answered', 'NO_RESPONDERS']);
    expect(await call('Find', false)).toBe('NOT_IMPLEMENTED');
    const failure = await failureOf(
      new Promise((_, reject) => {
        const stream = watcher.openStream(
          { service, method: 'Find', partial: true, request: new Uint8Array(0) },
          {
            onHeader() {},
            onMessage() {},
            onWritable() {},
            onEnd: () => reject(new Error('it ended')),
            onError: reject,
          },
        );
        expect(stream).toBeDefined();
      }),
    );
    expect(faultReason(failure)).toBe('NO_RESPONDERS');
    await serve(second);
    expect(await call('Find', true)).toBe('answered');
    await one.stop();
    expect(await call('List', true)).toBe('NO_RESPONDERS');
  });
});
