import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';

/** The comments of one element, as source lines without indentation. */
export interface Comments {
  /** Everything above the element: detached blocks, each followed by an empty line, then its own comment. */
  readonly leading: readonly string[];
  /** The comment that follows the element's first line. */
  readonly trailing: readonly string[];
}

/** Comments by the path of an element in its descriptor, as `google.protobuf.SourceCodeInfo` defines paths. */
export type CommentLookup = (path: readonly number[]) => Comments;

/** A lookup over a file's source information; every element is without comments when the file has none. */
export function commentsOf(proto: FileDescriptorProto): CommentLookup {
  const byPath = new Map<string, Comments>();
  for (const location of proto.sourceCodeInfo?.location ?? []) {
    const leading = [
      ...location.leadingDetachedComments.flatMap((text) => [...toLines(text), '']),
      ...toLines(location.leadingComments),
    ];
    const trailing = toLines(location.trailingComments);
    if (leading.length + trailing.length > 0) {
      byPath.set(location.path.join(), { leading, trailing });
    }
  }
  return (path) => byPath.get(path.join()) ?? { leading: [], trailing: [] };
}

function toLines(text: string): string[] {
  if (text === '') {
    return [];
  }
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `//${line}`.trimEnd());
}
