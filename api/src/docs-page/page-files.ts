import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CachedAnswer, cachedAnswer } from './cached-answer.ts';

const contentTypes: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  png: 'image/png',
};

const ownFolder = dirname(fileURLToPath(import.meta.url));

/** Files of the docs page by name: ours, and those of Swagger UI that it loads. */
const files: Readonly<Record<string, 'own' | 'swagger-ui-dist'>> = {
  'docs.js': 'own',
  'docs.css': 'own',
  'landing.css': 'own',
  'swagger-ui-bundle.js': 'swagger-ui-dist',
  'swagger-ui.css': 'swagger-ui-dist',
  'favicon-32x32.png': 'swagger-ui-dist',
};

/** Serves the files below `/docs/`, each read when it is first asked for. */
export function createPageFiles(): (name: string) => Promise<CachedAnswer> | undefined {
  const read = new Map<string, Promise<CachedAnswer>>();
  return (name) => {
    const source = Object.hasOwn(files, name) ? files[name] : undefined;
    if (source === undefined) return undefined;
    let answer = read.get(name);
    if (answer === undefined) {
      answer = load(source, name);
      read.set(name, answer);
      // What could not be read is tried again by the next request.
      answer.catch(() => read.delete(name));
    }
    return answer;
  };
}

async function load(source: 'own' | 'swagger-ui-dist', name: string): Promise<CachedAnswer> {
  const folder = source === 'own' ? ownFolder : swaggerFolder();
  const extension = name.slice(name.lastIndexOf('.') + 1);
  return cachedAnswer({
    contentType: contentTypes[extension] ?? 'application/octet-stream',
    body: await readFile(join(folder, name)),
    compressible: extension !== 'png',
  });
}

function swaggerFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}
