import { existsSync, readdirSync } from 'node:fs';
import { access, constants, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { CommandContext } from '../program/command-context.ts';
import { nearestProject } from '../project/find-project.ts';
import { openContexts } from '../settings/contexts.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Ports that `busline start` would like to have. */
const wantedPorts = [8080, 4222];

/** Looks at this machine and project: no connection is needed. */
export async function* lookAtMachine(context: CommandContext): AsyncGenerator<Finding> {
  const { directory, env, settings } = context;
  yield nodeVersion();
  const project = nearestProject({ directory });
  yield project === undefined
    ? warn('project', 'none here', 'go to the project, or make one: busline new app <name>')
    : ok('project', project);
  if (project !== undefined) yield await writable('project data', join(project, '.busline'));
  yield await writable('contexts', openContexts(env).folder);
  yield natsServer(env);
  if (settings.session !== undefined) {
    yield ok('system', `runs as process ${settings.session.supervisorPid}, ${settings.session.apiUrl}`);
    return;
  }
  yield warn('system', 'none runs in this project', 'busline start');
  for (const port of wantedPorts) {
    yield (await isFree(port))
      ? ok(`port ${port}`, 'free')
      : warn(
          `port ${port}`,
          'taken by another program',
          'nothing to do: busline start takes the next free one',
        );
  }
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const found = `${process.version} (${process.execPath})`;
  return major > 22 || (major === 22 && minor >= 18)
    ? ok('Node', found)
    : fail('Node', found, 'Node 22.18 or newer: npx busline runs on the one that npm installed');
}

async function writable(name: string, folder: string): Promise<Finding> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return ok(name, folder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail(name, `cannot be written: ${why}`, `give this user the folder ${folder}`);
  }
}

/** Where `busline start` would find a server, without fetching one. */
function natsServer({ NATS_SERVER_BIN: named, BUSLINE_CACHE, PATH = '' }: NodeJS.ProcessEnv): Finding {
  if (named) {
    return existsSync(named)
      ? ok('nats-server', `${named} (NATS_SERVER_BIN)`)
      : fail(
          'nats-server',
          `NATS_SERVER_BIN names ${named}, which is not there`,
          'correct NATS_SERVER_BIN, or unset it',
        );
  }
  const onPath = PATH.split(delimiter)
    .map((folder) => join(folder, 'nats-server'))
    .find((file) => existsSync(file));
  if (onPath !== undefined) return ok('nats-server', `${onPath} (PATH)`);
  const cache = BUSLINE_CACHE || join(homedir(), '.cache', 'busline');
  const cached = existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith('nats-server')) : [];
  return cached.length > 0
    ? ok('nats-server', join(cache, cached.sort().at(-1) ?? ''))
    : warn('nats-server', 'not on this machine yet', 'nothing to do: busline start fetches one');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  await new Promise((resolve) => server.close(resolve));
  return free;
}
