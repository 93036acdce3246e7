import type { AnyDesc, DescEnum, DescFile, DescMessage } from '@bufbuild/protobuf';

/** Elements of a contract that can have a comment. */
export type Commented = Extract<
  AnyDesc,
  { kind: 'message' | 'enum' | 'enum_value' | 'field' | 'oneof' | 'service' | 'rpc' }
>;

/**
 * The comment above an element, or else the one behind it, as Markdown: without the space that follows the slashes,
 * and without notes to linters. Empty where the contract came without comments.
 */
export function commentOf(desc: Commented): string {
  return commentsIn(fileOf(desc)).get(pathOf(desc).join()) ?? '';
}

const cache = new WeakMap<DescFile, ReadonlyMap<string, string>>();

/** The comments of a file by path (google/protobuf/descriptor.proto, "SourceCodeInfo"). */
function commentsIn(file: DescFile): ReadonlyMap<string, string> {
  let comments = cache.get(file);
  if (comments === undefined) {
    comments = new Map(
      (file.proto.sourceCodeInfo?.location ?? []).map(({ path, leadingComments, trailingComments }) => [
        path.join(),
        clean(leadingComments === '' ? trailingComments : leadingComments),
      ]),
    );
    cache.set(file, comments);
  }
  return comments;
}

function clean(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^ /, '').trimEnd())
    .filter((line) => !/^\s*(?:buf:lint:|@exclude)/.test(line))
    .join('\n')
    .trim();
}

function fileOf(desc: Commented): DescFile {
  switch (desc.kind) {
    case 'message':
    case 'enum':
    case 'service':
      return desc.file;
    default:
      return desc.parent.file;
  }
}

/** The numbers are those of the fields in descriptor.proto that hold the element. */
function pathOf(desc: Commented): number[] {
  switch (desc.kind) {
    case 'message':
      return typePath(desc, { inFile: 4, inMessage: 3 });
    case 'enum':
      return typePath(desc, { inFile: 5, inMessage: 4 });
    case 'enum_value':
      return [...pathOf(desc.parent), 2, desc.parent.values.indexOf(desc)];
    case 'field':
      return [...pathOf(desc.parent), 2, desc.parent.proto.field.indexOf(desc.proto)];
    case 'oneof':
      return [...pathOf(desc.parent), 8, desc.parent.proto.oneofDecl.indexOf(desc.proto)];
    case 'service':
      return [6, desc.file.services.indexOf(desc)];
    case 'rpc':
      return [...pathOf(desc.parent), 2, desc.parent.methods.indexOf(desc)];
  }
}

function typePath(desc: DescMessage | DescEnum, numbers: { inFile: number; inMessage: number }): number[] {
  const { parent, file } = desc;
  // By descriptor: the list of nested types leaves out the entries of maps.
  const siblings =
    desc.kind === 'message'
      ? (parent?.proto.nestedType ?? file.proto.messageType)
      : (parent?.proto.enumType ?? file.proto.enumType);
  const index = (siblings as readonly unknown[]).indexOf(desc.proto);
  return parent === undefined ? [numbers.inFile, index] : [...pathOf(parent), numbers.inMessage, index];
}
