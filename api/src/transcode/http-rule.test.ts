import type { DescMethod } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { buildRegistry } from '../../testing/build-registry.ts';
import { loadKitchenSink } from '../../testing/kitchen-sink.ts';
import { compileHttpRules, formatRuleFault, type HttpBinding } from './http-rule.ts';

function line(binding: HttpBinding): string {
  const { body, responseField } = binding;
  const bodyName = body.kind === 'field' ? body.field.name : body.kind === 'all' ? '*' : '';
  return [`${binding.httpMethod} ${binding.template.text}`, bodyName, responseField?.name ?? ''].join('|');
}

describe('compileHttpRules()', () => {
  const { method } = loadKitchenSink();

  it.each([
    ['Echo', ['POST /v1/sinks|*|']],
    [
      'Get',
      [
        'GET /v1/sinks/{text}||',
        'GET /v1/{text=groups/*/sinks/*}||',
        'GET /v1/files/{child.name=**}||',
        'GET /v1/numbers/{int32_value}/{int64_value}/{bool_value}/{colour}/{bytes_value}||',
      ],
    ],
    [
      'Update',
      [
        'PATCH /v1/sinks/{sink.text}|sink|sink',
        'PUT /v1/sinks/{sink.text}|sink|',
        'POST /v1/sinks/{sink.text}:list|tags|tags',
      ],
    ],
    ['Lock', ['POST /v1/sinks/{text}:lock|*|', 'LOCK /v1/sinks/{text}||']],
    ['Plain', []],
  ])('reads the rules of %s', (name, lines) => {
    const { bindings, faults } = compileHttpRules(method(name));
    expect(faults).toEqual([]);
    expect(bindings.map(line)).toEqual(lines);
  });

  it('finds the fields of a dotted variable', () => {
    const [binding] = compileHttpRules(method('Update')).bindings;
    expect(binding?.variables.map(({ fields }) => fields.map((field) => field.name))).toEqual([
      ['sink', 'text'],
    ]);
  });
});

describe('a faulty rule', () => {
  const faulty: readonly (readonly [rule: string, fault: string])[] = [
    ['get: "/v1/{"', 'GET /v1/{: syntax error at column 6: expected a field name, got the end'],
    ['get: "v1"', 'GET v1: syntax error at column 1: expected "/", got "v"'],
    ['get: "/v1/{nope}"', 'GET /v1/{nope}: path variable "nope": test.M has no field "nope"'],
    [
      'get: "/v1/{inner.nope}"',
      'GET /v1/{inner.nope}: path variable "inner.nope": test.Inner has no field "nope"',
    ],
    ['get: "/v1/{id.x}"', 'GET /v1/{id.x}: path variable "id.x": "id" is no message'],
    [
      'get: "/v1/{time.seconds}"',
      'GET /v1/{time.seconds}: path variable "time.seconds": "time" is no message',
    ],
    [
      'get: "/v1/{inner}"',
      'GET /v1/{inner}: path variable "inner": the field must be singular and no message',
    ],
    ['get: "/v1/{time}"', 'GET /v1/{time}: path variable "time": the field must be singular and no message'],
    ['get: "/v1/{ids}"', 'GET /v1/{ids}: path variable "ids": the field must be singular and no message'],
    ['get: "/v1/{map}"', 'GET /v1/{map}: path variable "map": the field must be singular and no message'],
    // The variable is a proto name, not a JSON name.
    ['get: "/v1/{longName}"', 'GET /v1/{longName}: path variable "longName": test.M has no field "longName"'],
    ['get: "/v1/a" body: "*"', 'GET /v1/a: a GET has no body'],
    ['post: "/v1/a" body: "nope"', 'POST /v1/a: body "nope": test.M has no such field'],
    ['post: "/v1/a" body: "inner.x"', 'POST /v1/a: body "inner.x": test.M has no such field'],
    ['post: "/v1/a" response_body: "nope"', 'POST /v1/a: response_body "nope": test.M has no such field'],
    ['body: "*"', '(google.api.http): the rule names no HTTP method and path'],
    ['custom: {kind: "A B" path: "/v1/a"}', '(google.api.http): custom kind "A B" is not an HTTP method'],
  ];
  const methods = faulty.map(
    ([rule], index) => `rpc M${index}(M) returns (M) { option (google.api.http) = {${rule}}; }`,
  );
  const registry = buildRegistry({
    'test/faulty.proto': `
      syntax = "proto3";
      package test;
      import "google/api/annotations.proto";
      import "google/protobuf/timestamp.proto";
      message Inner { string x = 1; }
      message M {
        string id = 1; Inner inner = 2; repeated string ids = 3; map<string, string> map = 4; string long_name = 5;
        google.protobuf.Timestamp time = 6;
      }
      service S {
        ${methods.join('\n')}
        rpc Half(M) returns (M) { option (google.api.http) = {
          get: "/v1/half/{id}" additional_bindings {get: "/v1/{nope}"} additional_bindings {get: "/v1/other/{id}"}
        }; }
        rpc Deep(M) returns (M) { option (google.api.http) = {
          get: "/v1/deep" additional_bindings {get: "/v1/deeper" additional_bindings {get: "/v1/deepest"}}
        }; }
      }`,
  });
  const methodOf = (name: string) =>
    registry.getService('test.S')?.methods.find((candidate) => candidate.name === name) as DescMethod;

  it.each(faulty.map(([rule, fault], index) => [rule, fault, index] as const))(
    '%s is reported',
    (_, fault, index) => {
      const { bindings, faults } = compileHttpRules(methodOf(`M${index}`));
      expect(bindings).toEqual([]);
      expect(faults.map(formatRuleFault)).toEqual([`test/faulty.proto: test.S.M${index}: ${fault}`]);
    },
  );

  it('leaves the other rules of its method in place', () => {
    const { bindings, faults } = compileHttpRules(methodOf('Half'));
    expect(bindings.map(line)).toEqual(['GET /v1/half/{id}||', 'GET /v1/other/{id}||']);
    expect(faults).toHaveLength(1);
  });

  it('is also one nested more than one level deep', () => {
    const { bindings, faults } = compileHttpRules(methodOf('Deep'));
    expect(bindings.map(line)).toEqual(['GET /v1/deep||', 'GET /v1/deeper||']);
    expect(faults.map((fault) => fault.reason)).toEqual([
      'an additional binding has additional bindings of its own',
    ]);
  });
});
