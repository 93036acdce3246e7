import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { loadKitchenSink } from '../../testing/kitchen-sink.ts';
import { openApiProblems } from '../../testing/openapi-problems.ts';
import { routeTableOf } from '../../testing/route-table-of.ts';
import { loadRuled } from '../../testing/ruled.ts';
import type { MethodRecord } from '../method-record.ts';
import type { Operation, Parameter } from './openapi-document.ts';
import { writeDocument } from './write-document.ts';

const info = { title: 'Test', version: '1' };
const sink = loadKitchenSink();
const ruled = loadRuled();
const ruledService = ruled.getService('test.ruled.v1.RuledService');
const table = routeTableOf([
  { desc: sink.service, registry: sink.registry },
  { desc: ruledService, registry: ruled },
]);
const document = writeDocument(table, { info });
const operation = (path: string, method: 'get' | 'post' | 'put' | 'patch' | 'delete') =>
  document.paths[path]?.[method] as Operation;
const names = (parameters: readonly Parameter[] | undefined, place: string) =>
  parameters?.filter((parameter) => parameter.in === place).map(({ name }) => name);

const isClientStreaming = ({ desc }: MethodRecord) =>
  desc.methodKind === 'client_streaming' || desc.methodKind === 'bidi_streaming';

const security = {
  schemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  requirementsOf: ({ method }: MethodRecord) => (method === 'Get' ? [] : [{ bearer: ['sinks.write'] }]),
} as const;

describe('writeDocument()', () => {
  it.each([
    ['an open edge', document],
    ['an edge that asks who calls', writeDocument(table, { info, security })],
  ])('is valid OpenAPI 3.1, and keeps the recommended rules of a linter, for %s', async (_, one) => {
    expect(await openApiProblems(one)).toEqual([]);
  });

  it('is valid without services', async () => {
    const { valid } = await new Validator().validate(
      JSON.parse(JSON.stringify(writeDocument(routeTableOf([]), { info }))),
    );
    expect(valid).toBe(true);
  });

  it('is the same for the same routes', () => {
    expect(JSON.stringify(writeDocument(table, { info }))).toBe(JSON.stringify(document));
  });

  it('has every route that is served, under names that are unique', () => {
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map((one: Operation) => one.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    const describable = table.served.filter(
      ({ binding, record }) => binding.httpMethod !== 'LOCK' && !isClientStreaming(record),
    );
    const withRoute = new Set(table.served.map(({ record }) => record));
    const unary = [...table.procedures.values()].filter(({ desc }) => desc.methodKind === 'unary');
    expect(ids).toHaveLength(describable.length + unary.filter((record) => !withRoute.has(record)).length);
    for (const { service, method } of unary) expect(ids).toContain(`${service}.${method}`);
    expect(ids).toEqual(
      expect.arrayContaining(
        ['Get.2', 'Get.3', 'Get.4', 'Update.2', 'Update.3', 'Watch'].map(
          (name) => `test.sink.v1.SinkService.${name}`,
        ),
      ),
    );
  });

  it('says what it cannot describe', () => {
    const [ruledTag, sinkTag] = document.tags;
    expect(ruledTag).toEqual({
      name: 'test.ruled.v1.RuledService',
      description: 'Keeps things with rules.\n\nA second paragraph.',
    });
    expect(sinkTag?.description).toMatch(
      /^Methods of `test.sink.v1.SinkService`.\n\nServed, but beyond what OpenAPI can describe: /,
    );
    expect(sinkTag?.description).toContain('`LOCK /v1/sinks/{text}` (test.sink.v1.SinkService.Lock)');
    expect(sinkTag?.description).toContain('`/test.sink.v1.SinkService/Chat` (bidi streaming)');
  });

  it('takes summary, description and deprecation from the contract', () => {
    expect(operation('/v1/shelves/{shelf}/boxes/{box}/things', 'post')).toMatchObject({
      tags: ['test.ruled.v1.RuledService'],
      summary: 'Makes a thing',
      description: 'Makes a thing. It takes\na while.',
    });
    expect(operation('/v1/shelves/{shelf}', 'get')).toMatchObject({ summary: 'Says less' });
    expect(operation('/v1/shelves/{shelf}', 'get')).not.toHaveProperty('description');
    expect(operation('/v1/shelves/{shelf}', 'delete')).toMatchObject({
      summary: 'Drop thing',
      deprecated: true,
    });
  });

  it('puts bindings of one shape under one path, by the names of the first', () => {
    expect(Object.keys(document.paths['/v1/sinks/{text}'] ?? {})).toEqual(['get', 'patch', 'put']);
    expect(names(operation('/v1/sinks/{text}', 'patch').parameters, 'path')).toEqual(['text']);
  });

  it('takes as query what is neither in the path nor in the body, down to the leaves', () => {
    const query = names(operation('/v1/files/{child.name}', 'get').parameters, 'query');
    expect(query).toEqual(
      expect.arrayContaining([
        'text',
        'child.age',
        'child.tags',
        'texts',
        'time',
        'mask',
        'wrappedInt64',
        'otherName',
      ]),
    );
    for (const absent of [
      'child.name',
      'child',
      'child.child.name',
      'children',
      'labels',
      'struct',
      'value',
      'any',
    ]) {
      expect(query).not.toContain(absent);
    }
    expect(names(operation('/v1/sinks/{text}', 'patch').parameters, 'query')).toEqual([
      'updateMask',
      'validateOnly',
      'tags',
    ]);
    expect(names(operation('/v1/sinks', 'post').parameters, 'query')).toBeUndefined();
  });

  it('tells query parameters of one oneof from each other', () => {
    const parameter = operation('/v1/sinks/{text}', 'get').parameters?.find(
      ({ name }) => name === 'choiceText',
    );
    expect(parameter?.description).toContain('Not together with `choiceNumber`');
  });

  it('leaves what the path gives out of the body', () => {
    const body = operation('/v1/shelves/{shelf}/boxes/{box}/things', 'post').requestBody;
    const schema = body?.content['application/json']?.schema;
    expect(body).toMatchObject({ required: true });
    expect(schema?.properties).toHaveProperty('name');
    expect(schema?.properties).not.toHaveProperty('parent');
    const patch = operation('/v1/sinks/{text}', 'patch').requestBody;
    expect(patch?.content['application/json']?.schema?.properties).not.toHaveProperty('text');
    expect(patch?.description).toContain('unless `updateMask` names others');
  });

  it('answers with the whole message, one field, raw bytes or a stream', () => {
    const content = (path: string, method: 'get' | 'post' | 'patch') => {
      const answer = operation(path, method).responses['200'];
      return answer && 'content' in answer ? answer.content : undefined;
    };
    expect(content('/v1/sinks', 'post')).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/test.sink.v1.Sink' } },
    });
    expect(content('/v1/sinks/{sink.text}:list', 'post')).toEqual({
      'application/json': { schema: { type: 'array', items: { type: 'string' } } },
    });
    expect(Object.keys(content('/v1/raw/{name}', 'post') ?? {})).toEqual(['application/octet-stream']);
    const stream = content('/v1/sinks:watch', 'get') ?? {};
    expect(Object.keys(stream)).toEqual(['application/x-ndjson', 'text/event-stream']);
    expect(stream['application/x-ndjson']?.schema?.oneOf).toMatchObject([
      { properties: { result: { $ref: '#/components/schemas/test.sink.v1.Sink' } } },
      { required: ['trailers'] },
      { $ref: '#/components/schemas/GoogleError' },
    ]);
  });

  it('describes unary methods without a route by their procedure, with errors of that protocol', () => {
    const plain = operation('/test.sink.v1.SinkService/Plain', 'post');
    expect(plain.responses.default).toEqual({ $ref: '#/components/responses/ProcedureFailure' });
    expect(plain.requestBody?.content).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/test.sink.v1.Sink' } },
    });
    expect(document.components.schemas).toHaveProperty('ConnectError');
  });

  it('has the errors of REST in the form that the edge is configured for', async () => {
    const google = writeDocument(routeTableOf([{ desc: ruledService, registry: ruled }], 'google'), { info });
    expect(google.components.responses.Failure?.content).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/GoogleError' } },
    });
    expect(google.components.schemas).not.toHaveProperty('Problem');
    expect((await new Validator().validate(JSON.parse(JSON.stringify(google)))).valid).toBe(true);
  });

  it('asks for credentials where the method does', () => {
    const secured = writeDocument(table, { info, security });
    expect(secured.components.securitySchemes).toEqual(security.schemes);
    expect(secured.paths['/v1/sinks']?.post?.security).toEqual([{ bearer: ['sinks.write'] }]);
    expect(Object.keys(secured.paths['/v1/sinks']?.post?.responses ?? {})).toEqual([
      '200',
      '400',
      '401',
      '403',
      'default',
    ]);
    expect(secured.paths['/v1/sinks/{text}']?.get).not.toHaveProperty('security');
  });

  it('refers only to components that are there', () => {
    const refs = JSON.stringify(document).match(/"#\/components\/[^"]+"/g) ?? [];
    const missing = refs
      .map((ref) => ref.slice(2, -1).split('/').slice(1))
      .filter(([, kind = '', name = '']) => {
        const group = (document.components as Readonly<Record<string, object>>)[kind] ?? {};
        return !Object.hasOwn(group, name);
      });
    expect(refs.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });

  it('of a small contract is, as a whole', () => {
    expect(
      writeDocument(routeTableOf([{ desc: ruledService, registry: ruled }]), { info }).paths,
    ).toMatchSnapshot();
  });
});
