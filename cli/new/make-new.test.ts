import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../testing/run-cli.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** A project with this repository's packages, and nothing of its own yet. */
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'busline-new-'));
  for (const file of ['package.json', 'tsconfig.json', 'buf.yaml', 'buf.gen.yaml']) {
    await cp(join(repository, file), join(root, file));
  }
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'));
  await mkdir(join(root, 'schemas/gen'), { recursive: true });
  await cp(join(repository, 'schemas/package.json'), join(root, 'schemas/package.json'));
  for (const folder of ['third_party/buf', 'third_party/google/api']) {
    await cp(join(repository, 'schemas', folder), join(root, 'schemas', folder), { recursive: true });
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

const make = (...args: string[]) => runCli(['new', ...args], { directory: root });
const read = (path: string) => readFile(join(root, path), 'utf8');
const listed = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/ \(\d+ bytes\)$/, ''));

describe('busline new', () => {
  it('lists what it would make, with sizes, and writes nothing', async () => {
    const { code, stdout, stderr } = await make('service', 'order-book', '--dry-run');
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'nothing was written: --dry-run\n' });
    expect(stdout).toMatch(/^CREATE schemas\/order_book\/v1\/order_book\.proto \(\d+ bytes\)\n/);
    expect(await readdir(root)).not.toContain('workers');
  });

  it('makes a service from any folder of the project', { timeout: 60_000 }, async () => {
    const deep = join(root, 'schemas', 'third_party', 'buf');
    const service = await runCli(['new', 'service', 'order-book'], { directory: deep });
    expect(service.code).toBe(0);
    expect(listed(service.stdout)).toEqual([
      'CREATE schemas/order_book/v1/order_book.proto',
      'CREATE workers/order-book/package.json',
      'CREATE workers/order-book/main.ts',
      'CREATE workers/order-book/services.ts',
      'CREATE workers/order-book/get-order-book.ts',
      'CREATE workers/order-book/get-order-book.test.ts',
    ]);
    expect(await read('schemas/gen/order_book/v1/order_book_pb.ts')).toContain('OrderBookService');
  });

  it.each([
    { args: ['service', 'order-book'], code: 1, says: ['order_book.proto', 'exist', 'nothing was written'] },
    {
      args: ['service', 'OrderBook'],
      code: 2,
      says: ['cannot be the name of a service', 'call it order-book'],
    },
    {
      args: ['method', 'order-book', 'GetOrderBook'],
      code: 1,
      says: ['has the method GetOrderBook already'],
    },
    { args: ['method', 'order-book', 'closeIt'], code: 2, says: ['call it CloseIt'] },
    {
      args: ['method', 'ledger', 'Close'],
      code: 4,
      says: ['no service ledger', 'busline new service ledger'],
    },
    { args: ['event', 'ledger', 'Closed'], code: 4, says: ['no service ledger'] },
    { args: ['app', 'workers'], code: 1, says: ['is there already'] },
    {
      args: ['app', 'shop', '--packages', 'nowhere'],
      code: 4,
      says: ['no tarball of api, bus, cli, infra, schemas'],
    },
  ])('refuses $args in words', async ({ args, code, says }) => {
    const run = await make(...args);
    expect({ code: run.code, stdout: run.stdout }).toEqual({ code, stdout: '' });
    for (const words of says) expect(run.stderr).toContain(words);
  });

  it('refuses to extend what it does not know, and leaves everything as it was', async () => {
    const before = await read('workers/order-book/services.ts');
    await writeFile(join(root, 'workers/order-book/services.ts'), 'export const services = () => [];\n');
    const contract = await read('schemas/order_book/v1/order_book.proto');
    const { code, stderr } = await make('method', 'order-book', 'OpenBook');
    expect(code).toBe(1);
    expect(stderr).toContain('services.ts cannot be extended');
    expect(await read('schemas/order_book/v1/order_book.proto')).toBe(contract);
    await writeFile(join(root, 'workers/order-book/services.ts'), before);
  });

  it('needs a project', async () => {
    const { code, stderr } = await runCli(['new', 'service', 'orders'], { directory: tmpdir() });
    expect(code).toBe(4);
    expect(stderr).toContain('there is no Busline project here');
  });

  it('lists an app as JSON', async () => {
    const { code, stdout } = await make('app', 'shop', '--dry-run', '--json');
    const { dryRun, files, next } = JSON.parse(stdout);
    expect({ code, dryRun }).toEqual({ code: 0, dryRun: true });
    expect(files).toContainEqual({ action: 'CREATE', path: 'buf.yaml', bytes: expect.any(Number) });
    expect(next).toContain('npm install');
  });
});
