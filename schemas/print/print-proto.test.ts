import { fileURLToPath } from 'node:url';
import { clone, createFileRegistry, type DescFile, type FileRegistry, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { file_buf_validate_validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { describe, expect, it } from 'vitest';
import { printProto } from './index.ts';
import { build, compile } from './testing/compile.ts';

/** The descriptor without source information, whose positions depend on layout. */
function definitions(file: DescFile): FileDescriptorProto {
  const proto = clone(FileDescriptorProtoSchema, file.proto);
  proto.sourceCodeInfo = undefined;
  return proto;
}

function fileOf(registry: FileRegistry, path: string): DescFile {
  const file = registry.getFile(path);
  if (file === undefined) {
    throw new Error(`${path} was not compiled`);
  }
  return file;
}

const PROTO2 = `// A licence stands here.

// What the file is for.
syntax = "proto2";

// The package.
package shop.v1;

// An import with a reason.
import "google/protobuf/descriptor.proto";

option java_package = "shop";

// Kinds.
enum Kind {
  option allow_alias = true;

  // The first.
  KIND_A = 0;
  KIND_B = 0 [deprecated = true];
  KIND_NEGATIVE = -1;

  reserved 5, 7 to 9, 20 to max;
  reserved "KIND_C";
}

// A thing.
message Thing {
  // About the message as a whole.

  option deprecated = true;
  option (shop.v1.note) = {
    text: "quoted \\"text\\", a backslash \\\\ and\\na line"
    levels: 1
    levels: 2
    inner: {
      [shop.v1.flag]: true
    }
  };

  // Within.
  enum Kind {
    KIND_X = 0;
  }

  // Nested.
  message Part {
    optional v1.Kind outer = 1;
    optional Kind inner = 2;

    extensions 100 to 199;
    extensions 500;
  }

  required string id = 1 [
    default = "say \\"hi\\"\\n",
    json_name = "ID"
  ]; // At the end of the line.
  optional bytes raw = 2 [default = "\\001\\\\"];
  optional double ratio = 3 [default = inf];
  optional int64 count = 4 [default = -5];
  optional v1.Kind kind = 5 [default = KIND_NEGATIVE];
  repeated int32 packed_list = 6 [packed = true];
  map<string, Part> parts = 7;
  // One of these.
  oneof choice {
    option (shop.v1.must) = true;

    string name = 8;
    Part part = 9;
  }
  // A group.
  optional group Legacy = 10 {
    // In the group.
    optional string inside = 1;
  }

  extensions 1000 to max;

  reserved 50, 60 to 70;
  reserved "gone", "lost";

  extend Part {
    optional bool nested_flag = 150;
  }
}

// What a note holds.
message Note {
  optional string text = 1;
  repeated int32 levels = 2;
  optional Note inner = 3;

  extensions 10 to 11;
}

extend google.protobuf.MessageOptions {
  optional Note note = 50000;
}

extend google.protobuf.OneofOptions {
  optional bool must = 50000;
}

extend Note {
  optional bool flag = 10;
  // A group that extends.
  optional group Extra = 11 {
    optional string inside = 1;
  }
}

// Serves things.
service ThingService {
  option deprecated = true;

  // One for one.
  rpc Get(Thing) returns (Thing);

  rpc Talk(stream Thing) returns (stream Thing.Part) {
    option idempotency_level = IDEMPOTENT;
  }
}
`;

const PROTO3 = `syntax = "proto3";

package shop.v3;

import public "google/protobuf/any.proto";

message Shop {
  message google {
    string trap = 1;
  }

  optional string nickname = 1;
  repeated int32 numbers = 2 [packed = false];
  .google.protobuf.Any anything = 3;
  google trap = 4;
}

message Empty {}
`;

const EDITION = `edition = "2023";

package shop.v4;

option features = {
  field_presence: IMPLICIT
};

enum Level {
  option features = {
    enum_type: CLOSED
  };

  LEVEL_LOW = 1;

  reserved LEVEL_OLD;
}

message Box {
  string label = 1;
  string name = 2 [features = {
    field_presence: EXPLICIT
  }];
  Box child = 3 [features = {
    message_encoding: DELIMITED
  }];

  reserved old;
}
`;

describe('printProto', () => {
  it.each([
    { name: 'proto2', source: PROTO2 },
    { name: 'proto3', source: PROTO3 },
    { name: 'edition 2023', source: EDITION },
  ])('prints $name back as it was written', ({ source }) => {
    expect(printProto(fileOf(compile({ 'a.proto': source }), 'a.proto'))).toBe(source);
  });

  it('keeps every definition of the contracts in this repository, and their comments', () => {
    const original = build(fileURLToPath(new URL('../..', import.meta.url)));
    const paths = [...original.files].map((file) => `${file.name}.proto`);
    const sources = Object.fromEntries(paths.map((path) => [path, printProto(fileOf(original, path))]));
    const reprinted = compile(sources);

    expect(paths).toContain('orders/v1/orders.proto');
    for (const path of paths) {
      expect(definitions(fileOf(reprinted, path)), path).toEqual(definitions(fileOf(original, path)));
      expect(printProto(fileOf(reprinted, path)), path).toBe(sources[path]);
    }
  });

  it('keeps the descriptor of the validation rules byte for byte', () => {
    const path = 'buf/validate/validate.proto';
    const compiled = compile({ [path]: printProto(file_buf_validate_validate) });

    expect(toBinary(FileDescriptorProtoSchema, definitions(fileOf(compiled, path)))).toEqual(
      toBinary(FileDescriptorProtoSchema, definitions(file_buf_validate_validate)),
    );
  });

  it('refuses an option that it cannot name', () => {
    const registry = compile({
      'option.proto': `syntax = "proto3"; import "google/protobuf/descriptor.proto";
        extend google.protobuf.MessageOptions { string note = 50000; }`,
      'a.proto': 'syntax = "proto3"; import "option.proto"; message A { option (note) = "x"; }',
    });
    const proto = clone(FileDescriptorProtoSchema, fileOf(registry, 'a.proto').proto);
    proto.dependency = [];

    expect(() =>
      printProto(
        fileOf(
          createFileRegistry(proto, () => undefined),
          'a.proto',
        ),
      ),
    ).toThrow('Cannot print the options of message A');
  });
});
