import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Bus, type Catalog, type ContractGate, faultReason, implement, type Worker } from '@busline/bus';
import { startNatsCluster } from '@busline/bus/testing';
import { PreconditionFailureSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, createClient } from '@connectrpc/connect';
import { Kvm } from '@nats-io/kv';
import { connect as dial } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serviceSchema } from '../src/registry/schema-digest.ts';
import {
  type ContractVersion,
  contractVersion,
  type VersionedService,
} from '../src/registry/testing/contract-version.ts';
import { failureOf, type System, silent, startSystem, until } from './system.ts';

const running = startSystem();
let system: System;
let packages = 0;
let version: (contract: Omit<ContractVersion, 'package'>) => VersionedService;
beforeEach(async () => {
  system = await running;
  // A service of its own for each test: the registry remembers.
  const name = `gate${++packages}.v1`;
  version = (contract) => contractVersion({ ...contract, package: name });
});
afterEach(() => system.reset());
afterAll(async () => (await running).close());

const first: ContractVersion = { fields: { id: [1, 'STRING'], count: [2, 'INT32'] } };
const second: ContractVersion = {
  fields: { ...first.fields, note: [3, 'STRING'] },
  methods: ['Get', 'Find'],
};
const retyped: ContractVersion = { fields: { id: [1, 'STRING'], count: [2, 'STRING'] } };
const renumbered: ContractVersion = { fields: { ...first.fields, size: [3, 'INT64'] } };

/** A worker on a connection of its own, which can be left without a drain. */
interface Instance {
  readonly bus: Bus;
  readonly worker: Worker;
}

async function serve(
  contract: ContractVersion,
  options: { contractGate?: ContractGate; version?: string; log?: Partial<typeof silent> } = {},
): Promise<Instance> {
  const { contractGate, log = {}, version: release = '1.0.0' } = options;
  const bus = await system.connect({ logger: { ...silent, ...log } });
  const worker = await bus.serve({
    name: 'things',
    version: release,
    services: [implement(version(contract), { get: (thing) => thing })],
    ...(contractGate === undefined ? {} : { contractGate }),
  });
  return { bus, worker };
}

const workerProgram = fileURLToPath(new URL('./versioned-worker.ts', import.meta.url));

function workerEnvironment(contract: ContractVersion): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NATS_URL: system.nats.url,
    CONTRACT: JSON.stringify({ ...contract, package: `gate${packages}.v1` }),
  };
}

async function catalogNow(): Promise<Catalog> {
  const bus = await system.connect();
  return await new Promise((resolve, reject) => {
    bus.watchCatalog(resolve).catch(reject);
  });
}

/** Starts three workers at once, of which the second contradicts the others; gives the outcomes that must not be. */
async function race(rounds: number, urls: readonly string[]): Promise<Set<string>> {
  const right = ['fulfilled, rejected, fulfilled', 'rejected, fulfilled, rejected'];
  const wrong = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const name = `race${packages}x${round}.v1`;
    const contracts = [retyped, first, retyped].map((contract) =>
      contractVersion({ ...contract, package: name }),
    );
    const buses = await Promise.all(
      contracts.map((_, index) => system.connect({ servers: urls[index % urls.length] ?? '' })),
    );
    const results = await Promise.allSettled(
      buses.map((bus, index) => {
        const binding = implement(contracts[index] as VersionedService, { get: (thing) => thing });
        return bus.serve({ name: 'things', version: '1.0.0', services: [binding] });
      }),
    );
    const outcome = results.map(({ status }) => status).join(', ');
    if (!right.includes(outcome)) wrong.add(outcome);
    await Promise.all(buses.map((bus) => bus.drain()));
  }
  return wrong;
}

describe('the contract gate', () => {
  it('keeps out a worker that breaks what is served, and the fleet does not notice', async () => {
    const { bus } = await serve(first, { version: '1.4.0' });
    const error = await failureOf(serve(retyped, { version: '2.0.0' }));
    expect([error.code, faultReason(error)]).toEqual([Code.FailedPrecondition, 'CONTRACT_BROKEN']);
    expect(error.findDetails(PreconditionFailureSchema)).toMatchObject([
      {
        violations: [
          {
            type: 'FIELD_WIRE_JSON_COMPATIBLE_TYPE',
            subject: `gate${packages}.v1.Thing.count (field 2)`,
            description: expect.stringContaining('from int32 to string'),
          },
        ],
      },
    ]);
    expect(error.rawMessage).toContain('which is served now by things 1.4.0');
    const client = createClient(version(first), bus.transport());
    expect(await client.get({ id: 'a', count: 3 })).toMatchObject({ id: 'a', count: 3 });
    const service = (await catalogNow()).services.get(`gate${packages}.v1.ThingService`);
    expect(service?.desc.method.get?.input.field.count?.scalar).toBe(
      version(first).method.get.input.field.count?.scalar,
    );
    // Whoever was kept out left nothing behind that keeps others out.
    await serve(second);
  });

  it('lets compatible versions run side by side, in either order', async () => {
    const one = await serve(first, { version: '1.0.0' });
    const two = await serve(second, { version: '1.1.0' });
    await one.worker.stop();
    await serve(first, { version: '1.0.0' });
    await two.worker.stop();
    await serve(second, { version: '1.1.0' });
  });

  it('lets in an older version that this registry has never seen, if it says that it is older', async () => {
    await serve(second, { version: '1.1.0' });
    await serve(first, { version: '1.0.0' });
  });

  it('holds on while nobody serves', async () => {
    const { worker } = await serve(first);
    await worker.stop();
    const error = await failureOf(serve(retyped));
    expect(error.rawMessage).toContain('which was served last by things 1.0.0');
    await serve(first);
  });

  it('holds on when the last worker was killed', async () => {
    const child = fork(workerProgram, { env: { ...workerEnvironment(first), LOG_LEVEL: 'silent' } });
    await once(child, 'message');
    expect((await failureOf(serve(retyped))).rawMessage).toContain('which is served now by things');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until('the broker knows', async () =>
      (await failureOf(serve(retyped))).rawMessage.includes('which was served last by things'),
    );
    await serve(second);
  });

  it('forgets a version that was rolled back', { timeout: 10_000 }, async () => {
    await serve(first);
    const failed = await serve(second);
    await failed.worker.stop();
    const startedAtMs = performance.now();
    await serve(renumbered);
    // It waited to be sure that the version it breaks does not come back.
    expect(performance.now() - startedAtMs).toBeGreaterThan(1_900);
    expect((await failureOf(serve(second))).rawMessage).toContain(`gate${packages}.v1.Thing.size (field 3)`);
  });

  it('lets a worker through by warn, which tells what breaks, and from then on that is the contract', async () => {
    const { worker: old } = await serve(first);
    const warnings: object[] = [];
    const { worker } = await serve(retyped, {
      contractGate: 'warn',
      log: { warn: (fields) => warnings.push(fields) },
    });
    const breaks = expect.stringContaining('FIELD_WIRE_JSON_COMPATIBLE_TYPE');
    expect(warnings).toEqual([{ worker: 'things', breaks }]);
    expect(worker.contractBreaks).toMatchObject([{ changes: [{ rule: 'FIELD_WIRE_JSON_COMPATIBLE_TYPE' }] }]);
    await serve(retyped);
    expect(faultReason(await failureOf(serve(first)))).toBe('CONTRACT_BROKEN');
    await old.stop();
  });

  it('is off where it is switched off', async () => {
    await serve(first);
    const { worker } = await serve(retyped, { contractGate: 'off' });
    expect(worker.contractBreaks).toEqual([]);
  });

  it('takes a setting that is none for a mistake, before anything is served', async () => {
    await expect(serve(first, { contractGate: 'maybe' as ContractGate })).rejects.toThrow(
      'contractGate must be refuse, warn, off, not "maybe"',
    );
    expect((await catalogNow()).services.has(`gate${packages}.v1.ThingService`)).toBe(false);
  });

  it('admits all services of a worker or none', async () => {
    await serve(first);
    const bus = await system.connect();
    const other = contractVersion({ ...first, package: `other${packages}.v1` });
    const services = [implement(other, { get: (thing) => thing }), implement(version(retyped), {})];
    const error = await failureOf(bus.serve({ name: 'both', version: '1.0.0', services }));
    expect(faultReason(error)).toBe('CONTRACT_BROKEN');
    expect((await catalogNow()).services.has(`other${packages}.v1.ThingService`)).toBe(false);
    expect(await bus.instances(other)).toEqual([]);
  });

  it('lets in only one of two that contradict each other and come at once', async () => {
    expect(await race(20, [system.nats.url])).toEqual(new Set());
  });

  it('does so on a cluster, where each comes by another server', { timeout: 60_000 }, async () => {
    await using cluster = await startNatsCluster();
    expect(await race(3, cluster.urls)).toEqual(new Set());
  });

  it('passes over a contract that cannot be read, and says so', async () => {
    const { worker } = await serve(first);
    await worker.stop();
    const client = await dial({ servers: system.nats.url });
    const kv = await new Kvm(client).open('busline_registry');
    const { digest } = serviceSchema(version(first));
    await kv.purge(`schema.${digest}`);
    await client.close();
    const errors: object[] = [];
    await serve(retyped, { log: { error: (fields) => errors.push(fields) } });
    const err = expect.objectContaining({ message: `the schema ${digest} is not in the registry` });
    expect(errors).toContainEqual({ err, service: `gate${packages}.v1.ThingService` });
  });

  it('tells a worker that comes back to a fleet that contradicts it, which serves on', async () => {
    const errors: object[] = [];
    const { bus } = await serve(first, { log: { error: (fields) => errors.push(fields) } });
    await serve(retyped, { contractGate: 'warn' });
    await system.nats.restart();
    const breaks = expect.stringContaining(`gate${packages}.v1.Thing.count (field 2)`);
    await until('it is told', () => errors.some((fields) => 'breaks' in fields));
    expect(errors).toContainEqual({ worker: 'things', breaks });
    expect(bus.state).toBe('connected');
  });

  it('is taken through again when the broker comes back', async () => {
    const { bus } = await serve(first);
    await system.nats.restart();
    await until('the worker is back', () => bus.state === 'connected');
    expect(faultReason(await failureOf(serve(retyped)))).toBe('CONTRACT_BROKEN');
  });
});

describe('a worker process that the gate refuses', () => {
  /** Runs the worker to its end; it must not serve. */
  async function run(contract: ContractVersion, env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [workerProgram], {
      env: { ...workerEnvironment(contract), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { output, errors, code };
  }

  it('prints each change for a terminal and exits with 76', async () => {
    await serve(first, { version: '1.4.0' });
    const { output, errors, code } = await run(retyped, { VERSION: '2.0.0' });
    expect(code).toBe(76);
    expect(errors.split('\n')).toEqual([
      'worker things does not join: its contract breaks',
      `gate${packages}.v1.ThingService, which is served now by things 1.4.0:`,
      `  gate${packages}.v1.Thing.count (field 2)`,
      '    FIELD_WIRE_JSON_COMPATIBLE_TYPE (wire): the type changed from int32 to string; add a new field instead',
      'Mend the contract, or set BUSLINE_CONTRACT_GATE=warn to join all the same.',
      '',
    ]);
    expect(output).toContain('"code":"CONTRACT_BROKEN"');
  });

  it('says in one line what is wrong with the setting', async () => {
    const { output, code } = await run(first, { BUSLINE_CONTRACT_GATE: 'yes' });
    expect(code).toBe(1);
    expect(output).toContain('BUSLINE_CONTRACT_GATE must be refuse, warn, off');
  });
});
