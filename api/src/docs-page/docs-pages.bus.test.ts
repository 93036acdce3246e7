import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { implement } from '@busline/bus';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../testing/edge-fixture.ts';
import { createApp } from '../app.ts';
import { defaultLimits } from '../limits.ts';
import type { OpenApiDocument } from '../openapi/openapi-document.ts';
import { openPolicies } from '../policies/configuration/policy-config.ts';
import { createEdgePolicies } from '../policies/edge-policies.ts';

const bufCommand = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');
const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let edge: EdgeFixture;
beforeAll(async () => {
  edge = await startEdgeFixture();
});
afterAll(() => edge[Symbol.asyncDispose]());

describe('/openapi.json', () => {
  it('describes the routes, and says when they have not changed', async () => {
    const response = await edge.request('GET /openapi.json');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toMatchObject({
      openapi: '3.1.1',
      paths: { '/v1/sinks': { post: { operationId: 'test.sink.v1.SinkService.Echo' } } },
    });
    const etag = response.headers.get('etag') ?? '';
    const again = await edge.request('GET /openapi.json', { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  it('is compressed for who takes it', async () => {
    const response = await edge.request('GET /openapi.json', { headers: { 'accept-encoding': 'gzip, br' } });
    expect(response.headers.get('content-encoding')).toBe('br');
    expect(response.headers.get('vary')).toContain('accept-encoding');
  });

  it('answers HEAD with the same fields', async () => {
    const response = await edge.request('HEAD /openapi.json');
    expect(response.status).toBe(200);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1000);
    expect(await response.text()).toBe('');
  });

  it('follows the services that join, with their comments', async () => {
    const before = await edge.request('GET /openapi.json');
    await edge.worker.serve({
      name: 'greeter',
      version: '1.0.0',
      services: [implement(GreetService, { sayHello: ({ name }) => ({ greeting: `Hello, ${name}!` }) })],
    });
    await edge.routesWhere(({ table }) => table.services.length === 2);
    const after = await edge.request('GET /openapi.json');
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
    const document = async (response: Response) => (await response.json()) as OpenApiDocument;
    const [one, other] = [await document(before), await document(after)];
    expect(one.info.version).not.toBe(other.info.version);
    expect(other.paths['/v1/hello/{name}']?.get?.summary).toBe('Greets one person by name');
  });
});

describe('/docs', () => {
  it('is a page that loads nothing from elsewhere', async () => {
    const response = await edge.request('GET /docs');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const references = [...(await response.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, url]) => url ?? '',
    );
    expect(references.length).toBeGreaterThan(4);
    for (const url of references) {
      expect(url).toMatch(/^\//);
      expect((await edge.request(`GET ${url}`)).status, url).toBe(200);
    }
  });

  it.each(['/docs/nope.js', '/docs/', '/docs/../docs.js', '/docs/package.json', '/protos/nope.proto'])(
    'has nothing else at %s',
    async (path) => {
      const response = await edge.app.request(new URL(`http://edge.test${path}`).href);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    },
  );
});

describe('/', () => {
  it('is a page for a browser, with links to the others', async () => {
    const response = await edge.request('GET /', { headers: html });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('vary')).toContain('accept');
    const page = await response.text();
    for (const path of ['/docs', '/openapi.json', '/protos']) expect(page).toContain(`href="${path}"`);
    expect(page).toContain('test.sink.v1.SinkService');
    expect(page).toContain('/v1/sinks/{text}:lock');
  });

  it('is text for everyone else', async () => {
    const response = await edge.request('GET /');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toContain('/docs');
  });
});

describe('an edge with its pages switched off', () => {
  it.each(['/openapi.json', '/docs', '/docs/docs.js', '/protos', '/protos.tar.gz'])(
    'has no %s',
    async (path) => {
      const { app } = silentEdge();
      expect((await app.request(path)).status).toBe(404);
    },
  );

  it('names no service at /', async () => {
    const { app } = silentEdge();
    expect(await (await app.request('/', { headers: html })).text()).toBe('Busline edge\n');
  });

  function silentEdge() {
    const log = pino({ level: 'silent' });
    const { worker: bus, routes } = edge;
    const policies = createEdgePolicies({ config: openPolicies, limits: defaultLimits, log });
    return { app: createApp({ bus, routes, log, policies, docs: 'off' }) };
  }
});

describe('/protos', () => {
  it('lists the files, each of which can be had', async () => {
    const page = await (await edge.request('GET /protos')).text();
    const files = [...page.matchAll(/href="(\/protos\/[^"]+)"/g)].map(([, url]) => url ?? '');
    expect(files).toContain('/protos/test/sink/v1/kitchen-sink.proto');
    expect(files).toContain('/protos/google/api/http.proto');
    expect(files.filter((url) => url.includes('google/protobuf'))).toEqual([]);
    const source = await edge.request('GET /protos/test/sink/v1/kitchen-sink.proto');
    expect(source.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await source.text()).toContain('package test.sink.v1;');
  });

  it('gives an archive that compiles to the same contracts', async () => {
    const archive = Buffer.from(await (await edge.request('GET /protos.tar.gz')).arrayBuffer());
    const folder = await mkdtemp(join(tmpdir(), 'busline-protos-'));
    try {
      execFileSync('tar', ['-xzf', '-', '-C', folder], { input: archive });
      const image = execFileSync(
        process.execPath,
        [bufCommand, 'build', '--as-file-descriptor-set', '--exclude-source-info', '-o', '-'],
        { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
      );
      const compiled = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
      const definitions = (registry: FileRegistry) => {
        const proto = registry.getFile(path)?.proto ?? create(FileDescriptorProtoSchema);
        return { ...proto, sourceCodeInfo: undefined };
      };
      const path = 'test/sink/v1/kitchen-sink.proto';
      expect(definitions(compiled).messageType.length).toBeGreaterThan(3);
      expect(definitions(compiled)).toEqual(definitions(edge.sink.registry));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
