import { fromBinary, type JsonValue, toJson } from '@bufbuild/protobuf';
import { BadRequestSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { loadKitchenSink } from '../../testing/kitchen-sink.ts';
import { compileHttpRules } from './http-rule.ts';
import { createMessageReaders } from './json-reader.ts';
import { createMessageBytes } from './message-bytes.ts';
import { createRequestTranscoder, type RequestOptions } from './request.ts';
import { createRouter } from './router.ts';

const { registry, service } = loadKitchenSink();

/** Routes a request through the kitchen sink's rules and gives the message it becomes, as JSON. */
function requests(options: Partial<RequestOptions> = {}) {
  const readerOf = createMessageReaders(registry);
  const messageBytes = createMessageBytes();
  const router = createRouter<{ transcoder: ReturnType<typeof createRequestTranscoder>; input: string }>();
  for (const method of service.methods) {
    for (const binding of compileHttpRules(method).bindings) {
      const transcoder = createRequestTranscoder(binding, { readerOf, messageBytes, ...options });
      router.add(binding.httpMethod, binding.template, { transcoder, input: method.input.typeName });
    }
  }
  return (requestLine: string, body?: string | Uint8Array, contentType?: string): JsonValue => {
    const [httpMethod = '', target = ''] = requestLine.split(' ');
    const [path = '', query = ''] = target.split('?');
    const match = router.match(httpMethod, path);
    if (match.kind !== 'found') throw new Error(`${requestLine} leads nowhere`);
    const { transcoder, input } = match.value;
    const bytes = transcoder.encode({
      segments: match.segments,
      query,
      contentType,
      body: typeof body === 'string' ? Buffer.from(body) : body,
    });
    const desc = registry.getMessage(input);
    return desc === undefined ? null : toJson(desc, fromBinary(desc, bytes), { registry });
  };
}

const request = requests();

function faultOf(run: () => unknown): { message: string; fields: string[] } {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    expect(error.code).toBe(Code.InvalidArgument);
    const violations = error.findDetails(BadRequestSchema).flatMap((detail) => detail.fieldViolations);
    return { message: error.rawMessage, fields: violations.map((violation) => violation.field) };
  }
  throw new Error('accepted');
}

describe('path variables', () => {
  it.each([
    ['GET /v1/sinks/a%20b', { text: 'a b' }],
    ['GET /v1/groups/g/sinks/s', { text: 'groups/g/sinks/s' }],
    ['GET /v1/files/a/b%2Fc', { child: { name: 'a/b%2Fc' } }],
    [
      'GET /v1/numbers/-5/9223372036854775807/true/COLOUR_RED/_-8',
      {
        int32Value: -5,
        int64Value: '9223372036854775807',
        boolValue: true,
        colour: 'COLOUR_RED',
        bytesValue: '/+8=',
      },
    ],
    [
      'GET /v1/numbers/5/5/false/-1/AA==',
      { int32Value: 5, int64Value: '5', colour: 'COLOUR_NEGATIVE', bytesValue: 'AA==' },
    ],
  ])('%s', (line, expected) => {
    expect(request(line)).toEqual(expected);
  });

  it('win over the body', () => {
    expect(request('POST /v1/sinks/path:lock', '{"text":"body","int32Value":1}')).toEqual({
      text: 'path',
      int32Value: 1,
    });
    expect(request('PUT /v1/sinks/path', '{"text":"body","int32Value":1}')).toEqual({
      sink: { text: 'path', int32Value: 1 },
    });
  });

  it.each([
    [
      'GET /v1/numbers/x/5/true/0/AA',
      'path: int32_value: expected a 32-bit integer, got a string that is none',
      'int32_value',
    ],
    [
      'GET /v1/numbers/5/5/yes/0/AA',
      'path: bool_value: expected true or false, got a string that is none',
      'bool_value',
    ],
    ['GET /v1/sinks/%FF', 'path: text: not percent-encoded UTF-8', 'text'],
    ['GET /v1/files/%FF', 'path: child.name: not percent-encoded UTF-8', 'child.name'],
  ])('%s is refused', (line, message, field) => {
    expect(faultOf(() => request(line))).toEqual({ message, fields: [field] });
  });
});

describe('query parameters', () => {
  it.each([
    ['', {}],
    ['&&', {}],
    [
      'int32Value=5&int64_value=9007199254740993&boolValue=true',
      { int32Value: 5, int64Value: '9007199254740993', boolValue: true },
    ],
    ['texts=a&texts=b&texts=', { texts: ['a', 'b', ''] }],
    ['texts=a+b%2B&texts=%C3%A9', { texts: ['a b+', 'é'] }],
    [
      'int32s=1&int32s=2&colours=COLOUR_RED&colours=2&bools=true',
      { int32s: [1, 2], colours: ['COLOUR_RED', 'COLOUR_GREEN'], bools: [true] },
    ],
    [
      'child.name=n&child.child.age=3&child.tags=x&child.tags=y',
      { child: { name: 'n', child: { age: 3 }, tags: ['x', 'y'] } },
    ],
    ['colour=COLOUR_GREEN', { colour: 'COLOUR_GREEN' }],
    ['bytesValue=_-8%3D', { bytesValue: '/+8=' }],
    ['doubleValue=-1e3&floatValue=NaN', { doubleValue: -1000, floatValue: 'NaN' }],
    ['optionalText', { optionalText: '' }],
    ['optionalText=', { optionalText: '' }],
    [
      'time=2030-01-31T00:00:00Z&times=2030-01-31T00:00:00Z',
      { time: '2030-01-31T00:00:00Z', times: ['2030-01-31T00:00:00Z'] },
    ],
    ['duration=1.5s&mask=text,boolValue', { duration: '1.500s', mask: 'text,boolValue' }],
    [
      'wrappedInt64=5&wrappedText=x&wrappedBool=false',
      { wrappedInt64: '5', wrappedText: 'x', wrappedBool: false },
    ],
    ['choiceNumber=3', { choiceNumber: 3 }],
    ['otherName=x', { otherName: 'x' }],
  ])('%s', (query, expected) => {
    expect(request(`GET /v1/sinks/t?${query}`)).toEqual({ text: 't', ...expected });
  });

  it.each([
    ['nope=1', 'query: nope: there is no such parameter'],
    ['$alt=json', 'query: $alt: there is no such parameter'],
    ['text.x=1', 'query: text.x: there is no such parameter'],
    ['time.seconds=1', 'query: time.seconds: there is no such parameter'],
    [`${'child.'.repeat(200)}age=1`, /^query: child\.child.*…: there is no such parameter|is a message/],
    ['text=x', 'query: text: is given by the path or the body, so it cannot be a parameter'],
    ['child=x', 'query: child: is a message; name one of its fields, such as child.name'],
    ['children=x', 'query: children: is a list of messages, which a query cannot express'],
    ['labels=x', 'query: labels: is a map, which a query cannot express'],
    ['struct=x', 'query: struct: is a message without a text form, so it cannot be a parameter'],
    ['empty=', 'query: empty: is a message without a text form, so it cannot be a parameter'],
    ['int32Value=1&int32Value=2', 'query: int32Value: is given twice and takes one value'],
    ['int32Value=1&int32_value=2', 'query: int32_value: cannot be given beside "int32Value"'],
    [
      'child.bigNumber=1&child.big_number=2',
      'query: child.big_number: cannot be given beside "child.bigNumber"',
    ],
    ['choiceText=a&choiceNumber=1', 'query: choiceNumber: cannot be given beside "choiceText"'],
    ['int32Value=', 'query: int32Value: expected a 32-bit integer, got a string that is none'],
    ['boolValue=1', 'query: boolValue: expected true or false, got a string that is none'],
    ['optionalText=%FF', 'query: optionalText: the value is not percent-encoded UTF-8'],
    ['optionalText=%zz', 'query: optionalText: the value is not percent-encoded UTF-8'],
    ['%FF=1', 'query: a parameter name is not percent-encoded UTF-8'],
  ])('%s is refused', (query, message) => {
    expect(faultOf(() => request(`GET /v1/sinks/t?${query}`)).message).toMatch(message);
  });

  it('that name no field are passed over when the edge is told so', () => {
    expect(requests({ ignoreUnknownParameters: true })('GET /v1/sinks/t?nope=1&int32Value=2')).toEqual({
      text: 't',
      int32Value: 2,
    });
  });
});

describe('bodies', () => {
  it.each([
    ['POST /v1/sinks', '{"text":"x"}', { text: 'x' }],
    ['POST /v1/sinks', '', {}],
    ['POST /v1/sinks', undefined, {}],
    [
      'PUT /v1/sinks/t?tags=a&validateOnly=true',
      '{"int32Value":1}',
      { sink: { text: 't', int32Value: 1 }, tags: ['a'], validateOnly: true },
    ],
    ['PUT /v1/sinks/t', 'null', { sink: { text: 't' } }],
    ['POST /v1/sinks/t:list', '["a","b"]', { sink: { text: 't' }, tags: ['a', 'b'] }],
    ['LOCK /v1/sinks/t?int32Value=1', undefined, { text: 't', int32Value: 1 }],
    ['POST /v1/raw', 'hello', { contentType: 'text/plain', data: 'aGVsbG8=' }],
    ['POST /v1/raw', '', { contentType: 'text/plain' }],
    ['POST /v1/raw/n', 'hello', { name: 'n', file: { contentType: 'text/plain', data: 'aGVsbG8=' } }],
  ])('%s with %j', (line, body, expected) => {
    expect(request(line, body, 'text/plain')).toEqual(expected);
  });

  it.each([
    [
      'POST /v1/sinks',
      '{',
      'request body: not JSON at line 1 column 2: expected a quoted key, the text ends',
      '',
    ],
    ['POST /v1/sinks', '[]', 'request body: expected an object, got an array', ''],
    [
      'POST /v1/sinks',
      '{"child":{"age":"x"}}',
      'request body: child.age: expected a 32-bit integer, got a string that is none',
      'child.age',
    ],
    ['POST /v1/sinks', '{"text":"a","text":"b"}', 'request body: text: the key is given twice', 'text'],
    ['PUT /v1/sinks/t', '{"nme":1}', 'request body: sink.nme: there is no such field', 'sink.nme'],
    ['POST /v1/sinks/t:list', '[1]', 'request body: tags[0]: expected a string, got a number', 'tags[0]'],
    [
      'POST /v1/sinks?text=x',
      '{}',
      'query: text: takes no query parameters: every field is in the path or the body',
      'text',
    ],
    [
      'PUT /v1/sinks/t?sink.int32Value=1',
      '{}',
      'query: sink.int32Value: is given by the path or the body, so it cannot be a parameter',
      'sink.int32Value',
    ],
  ])('%s with %j is refused', (line, body, message, field) => {
    expect(faultOf(() => request(line, body))).toEqual({ message, fields: field === '' ? [] : [field] });
  });

  it('are refused where the rule takes none', () => {
    expect(faultOf(() => request('GET /v1/sinks/t', '{}')).message).toBe(
      'GET /v1/sinks/{text} takes no body; give its fields in the query',
    );
  });
});

describe('the field mask of a PATCH', () => {
  it.each([
    [
      '{"int32Value":1,"child":{"name":"n","child":{"age":2}},"time":"2030-01-31T00:00:00Z"}',
      '',
      'int32Value,child.name,child.child.age,time',
    ],
    ['{"int32Value":null,"labels":{"a":"b"},"child":{},"texts":[]}', '', 'int32Value,labels,child,texts'],
    ['{"bool_value":true}', '', 'boolValue'],
    ['{"int32Value":1}', '?updateMask=text', 'text'],
    ['{"int32Value":1}', '?update_mask=', undefined],
    ['{}', '', undefined],
  ])('%s with the query "%s"', (body, query, mask) => {
    expect(request(`PATCH /v1/sinks/t${query}`, body)).toMatchObject(
      mask === undefined ? {} : { updateMask: mask },
    );
    expect(Object.hasOwn(request(`PATCH /v1/sinks/t${query}`, body) as object, 'updateMask')).toBe(
      mask !== undefined || query !== '',
    );
  });

  it('is not made for a PUT', () => {
    expect(request('PUT /v1/sinks/t', '{"int32Value":1}')).not.toHaveProperty('updateMask');
  });
});
