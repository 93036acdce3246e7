import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Edges, startEdges } from './edges.ts';

// What people type: curl, and buf with its client of Connect for Go.
let edges: Edges;
beforeAll(async () => {
  edges = await startEdges();
});
afterAll(() => edges[Symbol.asyncDispose]());

const service = 'connectrpc.conformance.v1.ConformanceService';
const tea = { responseDefinition: { responseData: Buffer.from('tea').toString('base64') } };
const refusal = { responseDefinition: { error: { code: 'CODE_NOT_FOUND', message: 'no tea' } } };
const stream = { responseDefinition: { responseData: ['YQ==', 'Yg=='] } };

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(program: string, args: readonly string[]): Promise<Run> {
  try {
    return { code: 0, ...(await promisify(execFile)(program, [...args], { timeout: 15_000 })) };
  } catch (error) {
    return error as Run;
  }
}

const curl = (await run('curl', ['--version'])).code === 0;
if (!curl) console.log('curl: not found; its tests are skipped');

describe.skipIf(!curl)('curl', () => {
  it.each([
    ['HTTP/1.1', '1.1', () => ['--http1.1', edges.cleartext]],
    ['h2c, known before', '2', () => ['--http2-prior-knowledge', edges.cleartext]],
    ['a wish to upgrade to h2c', '1.1', () => ['--http2', edges.cleartext]],
    ['TLS, HTTP/1.1', '1.1', () => ['--http1.1', '--cacert', edges.caFile, edges.tls]],
    ['TLS, HTTP/2', '2', () => ['--http2', '--cacert', edges.caFile, edges.tls]],
  ])('by %s', async (_, version, target) => {
    const args = [...target()];
    const url = `${args.pop()}/${service}/Unary`;
    const sending = ['-sS', '-w', '\n%{http_version} %{http_code}', '-H', 'content-type: application/json'];
    const good = await run('curl', [...args, ...sending, '-d', JSON.stringify(tea), url]);
    const [body = '', status] = good.stdout.split('\n');
    expect([good.stderr, status]).toEqual(['', `${version} 200`]);
    expect(JSON.parse(body)).toMatchObject({ payload: { data: tea.responseDefinition.responseData } });
    const bad = await run('curl', [...args, ...sending, '-d', JSON.stringify(refusal), url]);
    const [problem = '', badStatus] = bad.stdout.split('\n');
    expect(badStatus).toBe(`${version} 404`);
    expect(JSON.parse(problem)).toMatchObject({ code: 'not_found', message: 'no tea' });
  });
});

describe('buf curl', () => {
  const buf = join(
    dirname(createRequire(import.meta.url).resolve('@bufbuild/buf/package.json')),
    'bin',
    'buf',
  );
  const schema = fileURLToPath(new URL('../../schemas/third_party', import.meta.url));
  const call = (args: readonly string[], body: object, method: string, base: string) =>
    run(process.execPath, [
      buf,
      'curl',
      '--schema',
      schema,
      ...args,
      '-d',
      JSON.stringify(body),
      `${base}/${service}/${method}`,
    ]);

  it.each([
    ['connect', () => [], () => edges.cleartext],
    ['grpc', () => ['--http2-prior-knowledge'], () => edges.cleartext],
    ['grpcweb', () => [], () => edges.cleartext],
    ['connect', () => ['--cacert', edges.caFile], () => edges.tls],
    ['grpc', () => ['--cacert', edges.caFile], () => edges.tls],
    ['grpcweb', () => ['--cacert', edges.caFile], () => edges.tls],
  ])('by %s', { timeout: 60_000 }, async (protocol, options, base) => {
    const args = ['--protocol', protocol, ...options()];
    const good = await call(args, tea, 'Unary', base());
    expect(good.stderr).toBe('');
    expect(JSON.parse(good.stdout)).toMatchObject({ payload: { data: tea.responseDefinition.responseData } });
    const bad = await call(args, refusal, 'Unary', base());
    expect(bad.stderr).toMatch(/"code": "not_found"[\s\S]*"message": "no tea"/);
    const many = await call(args, stream, 'ServerStream', base());
    expect(many.stdout.match(/"data": "Y.==|"data":"Y.==/g)).toHaveLength(2);
  });
});
