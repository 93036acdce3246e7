import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** Serves one page whose module runs in a browser as it stands here, with the packages it imports. */
export interface BrowserPage extends AsyncDisposable {
  readonly origin: string;
  /** What the page has sent to `/result`. */
  readonly result: Promise<unknown>;
}

/** Packages by the name they are imported by; a browser needs to be told where they are. */
const packages = [
  '@bufbuild/protobuf',
  '@bufbuild/protobuf/codegenv2',
  '@bufbuild/protobuf/reflect',
  '@bufbuild/protobuf/wire',
  '@bufbuild/protobuf/wkt',
  '@connectrpc/connect',
  '@connectrpc/connect/protocol',
  '@connectrpc/connect/protocol-connect',
  '@connectrpc/connect/protocol-grpc',
  '@connectrpc/connect/protocol-grpc-web',
  '@connectrpc/connect-web',
  '@busline/schemas/connectrpc/conformance/v1/config',
  '@busline/schemas/connectrpc/conformance/v1/service',
];

const root = new URL('../../', import.meta.url).href;

/** @param script the module, beside this one; it gets `options` as `globalThis.options`. */
export async function openBrowserPage(
  script: string,
): Promise<BrowserPage & { setOptions(options: object): void }> {
  const result = Promise.withResolvers<unknown>();
  let options: object = {};
  const imports = Object.fromEntries(packages.map((name) => [name, pathOf(import.meta.resolve(name))]));
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname;
    if (path === '/result') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.end();
      result.resolve(JSON.parse(Buffer.concat(chunks).toString()));
    } else if (path === '/') {
      response.setHeader('content-type', 'text/html');
      response.end(
        `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>` +
          `<script>globalThis.options = ${JSON.stringify(options)}</script>` +
          `<script type="module" src="${pathOf(new URL(script, import.meta.url).href)}"></script>`,
      );
    } else {
      const source = await readFile(fileURLToPath(new URL(`.${path}`, root)), 'utf8').catch(() => undefined);
      response.statusCode = source === undefined ? 404 : 200;
      response.setHeader('content-type', 'text/javascript');
      response.end(path.endsWith('.ts') ? stripTypeScriptTypes(source ?? '') : source);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    result: result.promise,
    setOptions: (given) => {
      options = given;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pathOf(url: string): string {
  if (!url.startsWith(root)) throw new Error(`${url} is not in the repository`);
  return `/${url.slice(root.length)}`;
}
