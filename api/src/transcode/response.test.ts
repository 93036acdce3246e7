import { fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { loadKitchenSink } from '../../testing/kitchen-sink.ts';
import { compileHttpRules, type HttpBinding } from './http-rule.ts';
import type { JsonWriteOptions } from './json-writer.ts';
import { createResponseTranscoder } from './response.ts';

const { registry, method } = loadKitchenSink();

/** The body that answers a method's binding when the worker replies with `reply`. */
function answer(name: string, reply: JsonValue, options: JsonWriteOptions & { binding?: number } = {}) {
  const { output } = method(name);
  const binding = compileHttpRules(method(name)).bindings[options.binding ?? 0] as HttpBinding;
  const bytes = toBinary(output, fromJson(output, reply, { registry }));
  return createResponseTranscoder(binding, registry, options).decode(bytes);
}

describe('response bodies', () => {
  it.each<[name: string, reply: JsonValue, binding: number, body: string]>([
    [
      'Echo',
      { text: 'é', int64Value: '5', otherName: 'x' },
      0,
      '{"text":"é","int64Value":"5","otherName":"x"}',
    ],
    ['Echo', {}, 0, '{}'],
    [
      'Echo',
      { colour: 'COLOUR_RED', doubleValue: 'NaN', bytesValue: '_-8' },
      0,
      '{"doubleValue":"NaN","bytesValue":"/+8=","colour":"COLOUR_RED"}',
    ],
    [
      'Echo',
      { any: { '@type': 'type.googleapis.com/test.sink.v1.Child', age: 1 } },
      0,
      '{"any":{"age":1,"@type":"type.googleapis.com/test.sink.v1.Child"}}',
    ],
    ['Lock', {}, 0, '{}'],
    ['Update', { sink: { text: 'x' }, tags: ['a'] }, 0, '{"text":"x"}'],
    ['Update', { tags: ['a'] }, 0, 'null'],
    ['Update', { sink: { text: 'x' }, tags: ['a'] }, 1, '{"sink":{"text":"x"},"tags":["a"]}'],
    ['Update', { tags: ['a', 'b'] }, 2, '["a","b"]'],
    ['Update', {}, 2, '[]'],
  ])('%s with %j by rule %i', (name, reply, binding, body) => {
    expect(answer(name, reply, { binding })).toEqual({ contentType: 'application/json', body });
  });

  it('shows defaults when the edge is told so', () => {
    const { body } = answer('Update', {}, { binding: 1, alwaysEmitImplicit: true });
    expect(body).toBe('{"tags":[]}');
  });

  it('are raw bytes for a HttpBody', () => {
    const hello = { contentType: 'text/plain', data: 'aGVsbG8=' };
    const expected = { contentType: 'text/plain', body: Uint8Array.from(Buffer.from('hello')) };
    expect(answer('Upload', hello)).toEqual(expected);
    expect(answer('UploadNamed', { name: 'n', file: hello })).toEqual(expected);
  });

  it('of a HttpBody without a content type have none', () => {
    const nothing = { contentType: undefined, body: new Uint8Array() };
    expect(answer('Upload', {})).toEqual(nothing);
    expect(answer('UploadNamed', {})).toMatchObject({ contentType: undefined });
  });

  it('fail on bytes that are no message', () => {
    const binding = compileHttpRules(method('Echo')).bindings[0] as HttpBinding;
    expect(() => createResponseTranscoder(binding, registry, {}).decode(Uint8Array.of(0x0a, 0xff))).toThrow();
  });
});
