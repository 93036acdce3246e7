import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A worker as its folder declares it. */
export interface WorkerFolder {
  /** The folder's name below `workers/`. */
  readonly name: string;
  readonly entry: string;
  /** Instances to start, `"busline": {"replicas": n}` in its package.json. Default 1. */
  readonly replicas: number;
  /** A call to try, `"busline": {"example": …}` in its package.json. */
  readonly example: HttpExample | undefined;
}

/** A request that shows the worker at work, through the HTTP edge and from the command line. */
export interface HttpExample {
  /** For example `/v1/orders`. */
  readonly path: string;
  /** The JSON body of a POST; absent for a GET. */
  readonly body: unknown;
  /** The same for `busline call`; absent where only the path is declared. */
  readonly call?: CommandExample;
}

export interface CommandExample {
  /** For example `orders.PlaceOrder`. */
  readonly method: string;
  /** The request as JSON. Default: the body. */
  readonly data: unknown;
}

/** A worker's package.json says something about busline that cannot be used. */
export class WorkerSettingsError extends Error {
  override readonly name = 'WorkerSettingsError';
}

/** Finds the workers: every folder below `workers/` that has a `main.ts`. Nothing is registered anywhere. */
export async function findWorkers(root: string): Promise<WorkerFolder[]> {
  const folder = join(root, 'workers');
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const found = await Promise.all(names.sort().map((name) => readWorker(folder, name)));
  return found.filter((worker) => worker !== undefined);
}

async function readWorker(folder: string, name: string): Promise<WorkerFolder | undefined> {
  const files = await readdir(join(folder, name)).catch(() => [] as string[]);
  if (!files.includes('main.ts')) return undefined;
  const manifest = join(folder, name, 'package.json');
  const text = await readFile(manifest, 'utf8').catch(() => '{}');
  return { name, entry: join(folder, name, 'main.ts'), ...parseSettings(text, manifest) };
}

/**
 * Reads the `busline` settings of a package.json.
 *
 * @throws WorkerSettingsError naming the file and the setting.
 */
export function parseSettings(text: string, file: string): Pick<WorkerFolder, 'replicas' | 'example'> {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw new WorkerSettingsError(
      `${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const settings = isObject(manifest) && isObject(manifest.busline) ? manifest.busline : {};
  const { replicas = 1, example } = settings;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0 || replicas > 64) {
    throw new WorkerSettingsError(`${file}: busline.replicas must be a whole number from 0 to 64`);
  }
  if (example === undefined) return { replicas, example };
  if (!isObject(example) || typeof example.path !== 'string' || !example.path.startsWith('/')) {
    throw new WorkerSettingsError(`${file}: busline.example needs a "path" that starts with /`);
  }
  const { path, body, call } = example;
  if (call === undefined) return { replicas, example: { path, body } };
  if (!isObject(call) || typeof call.method !== 'string' || !/^[\w./]+$/.test(call.method)) {
    throw new WorkerSettingsError(`${file}: busline.example.call needs a "method" such as orders.PlaceOrder`);
  }
  return { replicas, example: { path, body, call: { method: call.method, data: call.data ?? body ?? {} } } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
