import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findUpwards } from './find-upwards.ts';

/** What `.busline/session.json` says of the system that runs here (infra/local/session-file.ts writes it). */
export interface DevSession {
  readonly file: string;
  readonly supervisorPid: number;
  readonly apiUrl: string;
  readonly natsUrl: string;
  /** Where the supervisor takes orders. Absent: it takes none. */
  readonly controlSocket?: string;
}

/** The session of the nearest project whose supervisor runs. Undefined: none does. */
export function findSession(directory: string): DevSession | undefined {
  return findUpwards(directory, (folder) => {
    const file = join(folder, '.busline', 'session.json');
    const session = readSession(file);
    return session !== undefined && isRunning(session.supervisorPid) ? session : undefined;
  });
}

function readSession(file: string): DevSession | undefined {
  let content: Partial<DevSession>;
  try {
    content = JSON.parse(readFileSync(file, 'utf8')) as Partial<DevSession>;
  } catch {
    // Not there, or left half written by a version that did so: no session either way.
    return undefined;
  }
  const { supervisorPid, apiUrl, natsUrl, controlSocket } = content;
  if (typeof supervisorPid !== 'number' || typeof apiUrl !== 'string' || typeof natsUrl !== 'string')
    return undefined;
  return {
    file,
    supervisorPid,
    apiUrl,
    natsUrl,
    ...(typeof controlSocket === 'string' && { controlSocket }),
  };
}

/** A killed supervisor leaves its file behind. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
