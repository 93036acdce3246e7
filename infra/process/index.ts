export { compileCacheEnv } from './compile-cache.ts';
