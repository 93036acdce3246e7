import { create, toBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type SourceCodeInfo_Location,
  SourceCodeInfo_LocationSchema,
  SourceCodeInfoSchema,
} from '@bufbuild/protobuf/wkt';

/**
 * Puts the comments of a contract into the descriptor that its generated code carries, so that whoever imports the
 * contract has them as `file.proto.sourceCodeInfo`, and workers announce them with it. protoc-gen-es leaves them out.
 *
 * @param source generated code of the file, as protoc-gen-es writes it
 * @param file its descriptor with source information
 * @throws Error when the code does not hold the descriptor where it is expected
 */
export function embedComments(source: string, file: FileDescriptorProto): string {
  const location = commentLocations(file);
  if (location.length === 0) return source;
  const comments = toBinary(
    FileDescriptorProtoSchema,
    create(FileDescriptorProtoSchema, { sourceCodeInfo: create(SourceCodeInfoSchema, { location }) }),
  );
  const [before, embedded, after] = split(source, file.name);
  // Two serialized messages after one another are the message with the fields of both.
  const bytes = Buffer.concat([Buffer.from(embedded, 'base64'), comments]);
  return `${before}${bytes.toString('base64').replace(/=+$/, '')}${after}`;
}

/**
 * The locations that hold comments, without their places in the source: a line added above changes no descriptor.
 * A span of three numbers stays, because Go's protobuf runtime refuses a location without one.
 */
function commentLocations({ sourceCodeInfo }: FileDescriptorProto): SourceCodeInfo_Location[] {
  return (sourceCodeInfo?.location ?? [])
    .filter(
      ({ leadingComments, trailingComments, leadingDetachedComments }) =>
        leadingComments !== '' || trailingComments !== '' || leadingDetachedComments.length > 0,
    )
    .map(({ path, leadingComments, trailingComments, leadingDetachedComments }) =>
      create(SourceCodeInfo_LocationSchema, {
        path,
        span: [0, 0, 0],
        ...(leadingComments !== '' && { leadingComments }),
        ...(trailingComments !== '' && { trailingComments }),
        leadingDetachedComments,
      }),
    );
}

function split(source: string, fileName: string): [before: string, base64: string, after: string] {
  const call = 'fileDesc("';
  const start = source.indexOf(call) + call.length;
  const end = source.indexOf('"', start);
  const base64 = source.slice(start, end);
  if (start < call.length || end < 0 || !/^[A-Za-z0-9+/]+$/.test(base64)) {
    throw new Error(
      `the generated code of ${fileName} has no fileDesc("…") to put the comments into: this protoc-gen-es writes descriptors in a form that embed-comments.ts of @busline/infra does not know`,
    );
  }
  return [source.slice(0, start), base64, source.slice(end)];
}
