import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from '../process/run-command.ts';

/** Who runs on a server directory. */
interface Claim {
  readonly serverPid: number;
  readonly ownerPid: number;
}

const STOP_TIMEOUT_MS = 5_000;

/** Two servers on one JetStream directory would destroy it, and the server itself takes no lock. */
export class ServerDirectoryInUseError extends Error {
  override readonly name = 'ServerDirectoryInUseError';

  constructor(directory: string, claim: Claim) {
    super(
      `${directory} is in use by the nats-server with process id ${claim.serverPid}, started by process ` +
        `${claim.ownerPid}. Stop that one first, or use another directory.`,
    );
  }
}

/**
 * Makes a directory free for a new server: stops a server that its dead owner left behind.
 *
 * @throws ServerDirectoryInUseError when the owner of a running server is alive.
 */
export async function freeDirectory(directory: string, configFile: string): Promise<void> {
  const claim = parseClaim(await readFile(claimFile(directory), 'utf8').catch(() => ''));
  if (claim === undefined || !(await isServer(claim.serverPid, configFile))) return;
  if (isAlive(claim.ownerPid)) throw new ServerDirectoryInUseError(directory, claim);
  process.kill(claim.serverPid, 'SIGTERM');
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  // By its command line: an ended process whose parent is gone may keep its id until something collects it.
  while (await isServer(claim.serverPid, configFile)) {
    if (performance.now() > deadline) process.kill(claim.serverPid, 'SIGKILL');
    await delay(20);
  }
}

export async function claimDirectory(directory: string, serverPid: number): Promise<void> {
  await writeFile(claimFile(directory), `${serverPid} ${process.pid}\n`);
}

function claimFile(directory: string): string {
  return join(directory, 'nats.pid');
}

/** The file holds two process ids: the server's, and that of the process that started it. */
export function parseClaim(text: string): Claim | undefined {
  const match = /^(\d+) (\d+)\n$/.exec(text);
  return match === null ? undefined : { serverPid: Number(match[1]), ownerPid: Number(match[2]) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Process ids are reused, so the command line must name this directory's configuration. */
async function isServer(pid: number, configFile: string): Promise<boolean> {
  const commandLine =
    (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)) ??
    (await runCommand('ps', ['-o', 'args=', '-p', String(pid)], { timeoutMs: 5_000 }).then(
      ({ stdout }) => stdout,
      () => '',
    ));
  return commandLine.includes(configFile);
}
