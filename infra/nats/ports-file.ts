import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a server listens, as it tells in its ports file. */
export interface ServerPorts {
  /** Addresses such as `nats://127.0.0.1:4222`. */
  readonly nats: readonly string[];
  readonly monitoring: readonly string[];
  readonly cluster: readonly string[];
}

/**
 * Reads the file that a server writes into `ports_file_dir` once it accepts connections. Undefined until the file
 * is there and whole.
 */
export async function readPortsFile(directory: string, pid: number): Promise<ServerPorts | undefined> {
  const names = await readdir(directory);
  const name = names.find((candidate) => candidate.endsWith(`_${pid}.ports`));
  return name === undefined ? undefined : parsePorts(await readFile(join(directory, name), 'utf8'));
}

export function parsePorts(text: string): ServerPorts | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const fields = parsed as Record<string, unknown>;
  return {
    nats: strings(fields.nats),
    monitoring: strings(fields.monitoring),
    cluster: strings(fields.cluster),
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
