import { createRegistry, type DescFile, type Registry } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { Edition } from '@bufbuild/protobuf/wkt';
import { type CommentLookup, commentsOf } from './comments.ts';

/** What every printing function needs to know about the file being printed. */
export interface PrintContext {
  readonly syntax: 'proto2' | 'proto3' | 'editions';
  readonly edition: Edition;
  readonly comments: CommentLookup;
  /** The types and extensions of the file and of everything it imports. */
  readonly registry: Registry;
  /** Full names of every type, service and package that a reference in this file could meet. */
  readonly symbols: ReadonlySet<string>;
}

export function createContext(file: DescFile): PrintContext {
  const files = [...withDependencies(file)];
  return {
    syntax:
      file.edition === Edition.EDITION_PROTO2
        ? 'proto2'
        : file.edition === Edition.EDITION_PROTO3
          ? 'proto3'
          : 'editions',
    edition: file.edition,
    comments: commentsOf(file.proto),
    registry: createRegistry(...files),
    symbols: new Set(files.flatMap(symbolsOf)),
  };
}

function withDependencies(file: DescFile, seen = new Set<DescFile>()): Set<DescFile> {
  if (!seen.has(file)) {
    seen.add(file);
    for (const dependency of file.dependencies) {
      withDependencies(dependency, seen);
    }
  }
  return seen;
}

function symbolsOf(file: DescFile): string[] {
  const packageParts = file.proto.package.split('.');
  const packages = packageParts.map((_, index) => packageParts.slice(0, index + 1).join('.'));
  const types = [...nestedTypes(file)].map((type) => type.typeName);
  return [...packages, ...types];
}
