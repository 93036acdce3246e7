import { join } from 'node:path';

/**
 * Has the Node processes of an environment keep their compiled code in a folder, unless the environment says where: the
 * second start of a worker took 0.28 s of CPU instead of 0.57. Node checks each file against its source, so that nothing
 * stale runs, and a folder that cannot be written costs nothing but the gain.
 */
export function compileCacheEnv(folder: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_COMPILE_CACHE: chosen, NODE_DISABLE_COMPILE_CACHE: disabled } = env;
  return chosen || disabled ? {} : { NODE_COMPILE_CACHE: join(folder, 'compile-cache') };
}
