import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appFiles } from './app-files.ts';
import { type EventSources, eventFiles } from './event-files.ts';
import { methodFiles } from './method-files.ts';
import { folderName, typeName } from './names.ts';
import { assertFree, type PlannedFile, writeFiles } from './planned-file.ts';

const app = folderName('an application', 'shop');
const service = folderName('a service', 'order-book');
const project = {
  schemas: '@shop/schemas',
  scope: '@shop',
  versions: { busline: '1.0.0', schemasVersion: '0.1.0', protobuf: '2.0.0', connect: '2.0.0' },
};
const method = (name: string) => ({ service, method: typeName('a method', name), project });
const event = (name: string, consumer = service) => ({
  service,
  event: typeName('an event', name),
  consumer,
  project,
});
const nothing: EventSources = { events: undefined, consumerMain: undefined, consumerEvents: undefined };

/** A project as the commands make it, one after another. */
class Made {
  readonly root: string;
  constructor(root: string) {
    this.root = root;
  }
  async write(files: readonly PlannedFile[]): Promise<void> {
    assertFree(this.root, files);
    await writeFiles(this.root, files);
  }
  read(path: string): Promise<string> {
    return readFile(join(this.root, path), 'utf8');
  }
}

describe('what busline new makes', () => {
  let made: Made;
  beforeAll(async () => {
    made = new Made(await mkdtemp(join(tmpdir(), 'busline-new-files-')));
    await made.write(appFiles({ app, service }));
    for (const name of ['CloseBook', 'OpenBook']) {
      await made.write(
        methodFiles(method(name), {
          contract: await made.read('schemas/order_book/v1/order_book.proto'),
          services: await made.read('workers/order-book/services.ts'),
        }),
      );
    }
    await made.write(
      eventFiles(event('BookClosed'), {
        ...nothing,
        consumerMain: await made.read('workers/order-book/main.ts'),
      }),
    );
    const audit = folderName('a worker', 'audit');
    const events = () => made.read('schemas/order_book/v1/events.proto');
    await made.write(eventFiles(event('BookOpened', audit), { ...nothing, events: await events() }));
    await made.write(
      eventFiles(event('BookLost', audit), {
        events: await events(),
        consumerMain: await made.read('workers/audit/main.ts'),
        consumerEvents: await made.read('workers/audit/events.ts'),
      }),
    );
  });
  afterAll(() => rm(made.root, { recursive: true, force: true }));

  it('lists each handler where its worker is made of', async () => {
    expect(await made.read('workers/order-book/services.ts')).toContain(
      'implement(OrderBookService, { getOrderBook, closeBook, openBook })',
    );
    expect(await made.read('workers/order-book/main.ts')).toContain('services, events });');
    expect(await made.read('workers/audit/events.ts')).toContain(
      'return [onBookOpened(console.log), onBookLost(console.log)];',
    );
    expect(await made.read('schemas/order_book/v1/order_book.proto')).toContain(
      'post: "/v1/order-book:openBook"',
    );
  });

  it('is as tidy as formatters and linters want it', async () => {
    const bin = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
    const run = async (program: string, ...args: string[]) => {
      const { stdout } = await promisify(execFile)(program, args, { cwd: made.root, env }).catch(
        (error) => error,
      );
      return stdout;
    };
    expect(await run('buf', 'format', '-d', 'schemas')).toBe('');
    const config = fileURLToPath(new URL('../../biome.json', import.meta.url));
    const options = [`--config-path=${config}`, '--vcs-enabled=false', '--error-on-warnings'];
    expect(await run('biome', 'check', ...options, 'workers')).toMatch(
      /^Checked \d+ files in .*No fixes applied\.$/m,
    );
  });

  it.each([
    { why: 'a method that is there', files: () => ['CloseBook'], says: 'has the method CloseBook already' },
    {
      why: 'a message that is there',
      files: () => ['GetOrderBook'],
      says: 'has the method GetOrderBook already',
    },
  ])('refuses $why', async ({ files, says }) => {
    const sources = {
      contract: await made.read('schemas/order_book/v1/order_book.proto'),
      services: await made.read('workers/order-book/services.ts'),
    };
    for (const name of files()) expect(() => methodFiles(method(name), sources)).toThrow(says);
  });

  it('extends what was written by hand: a service of another name, handlers with braces', () => {
    const contract =
      'syntax = "proto3";\npackage shop.v1;\n// What { stands } in comments is none of it.\nservice BookService {}\n';
    const services = `import { implement } from '@busline/bus';

export const services = [
  implement(BookService, {
    /* don't } */
    openBook: openBook({ ...stores }),
  }),
];
`;
    const [extended, handler, , served] = methodFiles(method('BurnBook'), { contract, services });
    expect(extended?.text).toContain(
      'service BookService {\n  // Does what burn book says.\n  rpc BurnBook(',
    );
    expect(handler?.text).toContain('MethodImpl<typeof BookService.method.burnBook>');
    expect(served?.text).toContain('    openBook: openBook({ ...stores }),\n    burnBook,\n  }),\n');
  });

  it('refuses a contract or a worker of a shape it does not know', async () => {
    const contract = await made.read('schemas/order_book/v1/order_book.proto');
    expect(() => methodFiles(method('Other'), { contract, services: 'export const services = [];' })).toThrow(
      'workers/order-book/services.ts cannot be extended',
    );
    expect(() => methodFiles(method('Other'), { contract: 'syntax = "proto3";', services: '' })).toThrow(
      'schemas/order_book/v1/order_book.proto cannot be extended',
    );
  });
});
