import type { DescEnum, DescMessage } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { buildRegistry } from '../../testing/build-registry.ts';
import { commentOf } from './comments.ts';

const source = `syntax = "proto3";
package a.v1;

// A service.
service S {
  // A method.
  // buf:lint:ignore RPC_NAME
  rpc M(Outer) returns (Outer);
}

// Outer.
message Outer {
  map<string, string> labels = 1; // Behind.
  // Inner.
  //
  //   - indented
  message Inner {
    // Deep.
    enum Kind {
      // Zero.
      KIND_UNSPECIFIED = 0;
    }
    // A field.
    Kind kind = 1;
  }
  // A choice.
  oneof choice {
    // One.
    string one = 2;
  }
  string bare = 3;
}
`;

const file = { 'a/v1/a.proto': source };
const registry = buildRegistry(file, { withComments: true });
const outer = registry.getMessage('a.v1.Outer') as DescMessage;
const inner = registry.getMessage('a.v1.Outer.Inner') as DescMessage;
const kind = registry.getEnum('a.v1.Outer.Inner.Kind') as DescEnum;
const service = registry.getService('a.v1.S');

describe('commentOf()', () => {
  it.each([
    ['a service', service, 'A service.'],
    ['a method, without notes to linters', service?.methods[0], 'A method.'],
    ['a message', outer, 'Outer.'],
    ['a field, behind it', outer.fields[0], 'Behind.'],
    ['a nested message, with its layout', inner, 'Inner.\n\n  - indented'],
    ['a nested enum', kind, 'Deep.'],
    ['an enum value', kind.values[0], 'Zero.'],
    ['a field of a nested message', inner.fields[0], 'A field.'],
    ['a oneof', outer.oneofs[0], 'A choice.'],
    ['a member of a oneof', outer.fields[1], 'One.'],
    ['what has none', outer.fields[2], ''],
  ])('finds that of %s', (_, desc, comment) => {
    expect(desc && commentOf(desc)).toBe(comment);
  });

  it('is empty where the contract came without comments', () => {
    const bare = buildRegistry(file).getMessage('a.v1.Outer') as DescMessage;
    expect(commentOf(bare)).toBe('');
  });
});
