import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { findFreePort, guardAgainstOrphan } from '@busline/infra/nats';

/** A real Postgres on 127.0.0.1 for one test file. */
export interface TestPostgres {
  /** For any client; everyone may do everything. */
  readonly url: string;
  /** Ends the server and removes its directory. */
  stop(): Promise<void>;
}

/** Folder of the server's programs: that of PATH, or Debian's newest; undefined where there is none. */
export function findPostgres(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(':');
  const root = '/usr/lib/postgresql';
  const debian = existsSync(root)
    ? readdirSync(root)
        .toSorted((a, b) => Number(b) - Number(a))
        .map((version) => join(root, version, 'bin'))
    : [];
  // A symbolic link would look for the rest beside itself, so those of Debian come first.
  return [...debian, ...onPath].find(
    (folder) => folder !== '' && ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))),
  );
}

const startTimeoutMs = 30_000;

/** Starts a server with an empty database. It ends with this process at the latest. */
export async function startPostgres(programs: string): Promise<TestPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'busline-postgres-'));
  const user = unprivilegedUser();
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const data = join(directory, 'data');
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    await promisify(execFile)(
      join(programs, 'initdb'),
      ['-D', data, '-U', 'busline', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
      { cwd: directory, ...user },
    );
    const port = await findFreePort();
    const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', fsync: 'off' };
    const server = spawn(
      join(programs, 'postgres'),
      ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'], ...user },
    );
    const exited = once(server, 'exit');
    const guard = guardAgainstOrphan(server.pid as number);
    const stop = async (): Promise<void> => {
      // SIGINT: without waiting for those who are connected.
      server.kill('SIGINT');
      await exited;
      guard.release();
      remove();
    };
    const lines: string[] = [];
    const ready = Promise.withResolvers<void>();
    createInterface({ input: server.stderr }).on('line', (line) => {
      lines.push(line);
      if (line.includes('ready to accept connections')) ready.resolve();
    });
    const timer = setTimeout(
      () => ready.reject(new Error(`Postgres was not ready after ${startTimeoutMs} ms`)),
      startTimeoutMs,
    );
    void exited.then(() => ready.reject(new Error(`Postgres ended: ${lines.slice(-5).join('\n')}`)));
    try {
      await ready.promise;
    } catch (error) {
      await stop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return { url: `postgres://busline@127.0.0.1:${port}/postgres`, stop };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Postgres refuses to run as root: then it runs as the user it was installed with, or as nobody. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const account = ['postgres', 'nobody']
    .map((name) => accounts.find(([known]) => known === name))
    .find((found) => found !== undefined);
  if (account === undefined) throw new Error('Postgres does not run as root, and there is no user "nobody"');
  return { uid: Number(account[2]), gid: Number(account[3]) };
}
