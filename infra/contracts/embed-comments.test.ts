import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { base64Encode } from '@bufbuild/protobuf/wire';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type SourceCodeInfo_LocationSchema,
} from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { embedComments } from './embed-comments.ts';

// The serialized descriptor of a file named "a.proto".
const GENERATED = 'export const file_a = fileDesc("CgdhLnByb3Rv", [file_b]);\n';

function file(location: MessageInitShape<typeof SourceCodeInfo_LocationSchema>[]): FileDescriptorProto {
  return create(FileDescriptorProtoSchema, {
    name: 'a.proto',
    sourceCodeInfo: { location: location.map((one) => ({ span: [7, 2, 30], ...one })) },
  });
}

function embedded(source: string): FileDescriptorProto {
  const base64 = /fileDesc\("([^"]*)"/.exec(source)?.[1] ?? '';
  return fromBinary(FileDescriptorProtoSchema, Buffer.from(base64, 'base64'));
}

describe('embedComments()', () => {
  it('adds the comments to the descriptor and changes nothing else', () => {
    const path = [4, 0];
    const source = embedComments(
      GENERATED,
      file([
        { path, leadingComments: ' Above.\n' },
        { path: [4, 0, 2, 0], trailingComments: ' Behind.\n', leadingDetachedComments: [' Apart.\n'] },
      ]),
    );
    const { name, sourceCodeInfo } = embedded(source);
    expect(name).toBe('a.proto');
    expect(sourceCodeInfo?.location).toMatchObject([
      { path, leadingComments: ' Above.\n', trailingComments: '' },
      { path: [4, 0, 2, 0], trailingComments: ' Behind.\n', leadingDetachedComments: [' Apart.\n'] },
    ]);
    expect(source).toMatch(/^export const file_a = fileDesc\("[A-Za-z0-9+/]+", \[file_b\]\);\n$/);
  });

  it('leaves out places without comments, and where in the source the others stand', () => {
    const early = file([
      { path: [4, 0], span: [1, 0, 9], leadingComments: ' A.\n' },
      { path: [4, 1], span: [5, 0, 9] },
    ]);
    const late = file([{ path: [4, 0], span: [40, 0, 90], leadingComments: ' A.\n' }]);
    expect(embedComments(GENERATED, early)).toBe(embedComments(GENERATED, late));
    expect(embedded(embedComments(GENERATED, late)).sourceCodeInfo?.location[0]?.span).toEqual([0, 0, 0]);
  });

  it('of a file without comments returns the code as it is', () => {
    expect(embedComments(GENERATED, file([{ path: [4, 0] }]))).toBe(GENERATED);
  });

  it('writes base64 without padding, as protoc-gen-es does', () => {
    const bytes = (text: string) => Buffer.from(/fileDesc\("([^"]*)"/.exec(text)?.[1] ?? '', 'base64');
    const sources = ['.', '..', '...'].map((text) =>
      embedComments(GENERATED, file([{ path: [2], leadingComments: text }])),
    );
    expect(sources.map((text) => text.includes(`"${base64Encode(bytes(text), 'std_raw')}"`))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('refuses code in which it does not find the descriptor', () => {
    const contract = file([{ path: [4, 0], leadingComments: ' A.\n' }]);
    expect(() => embedComments('export const file_a = 1;', contract)).toThrow('generated code of a.proto');
    expect(() => embedComments('fileDesc("<none>")', contract)).toThrow('generated code of a.proto');
  });
});
