import type { DescExtension, DescFile, DescService } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';

/** Where everything is declared that some services know of. */
export interface SymbolIndex {
  /** Full names, in their order. */
  readonly services: readonly string[];
  /** By name with `.proto`. */
  file(name: string): DescFile | undefined;
  /** The file that declares a service, method, message, field, enum, enum value, oneof or extension. */
  fileOfSymbol(fullName: string): DescFile | undefined;
  hasMessage(fullName: string): boolean;
  /** Extensions of a message by their numbers. */
  extensionsOf(fullName: string): ReadonlyMap<number, DescExtension>;
}

const none: ReadonlyMap<number, DescExtension> = new Map();

/**
 * Indexes the files of services and all that they import. Where services carry different versions of a file, that of
 * the service it defines counts, and else that of the first.
 */
export function symbolIndex(services: readonly DescService[]): SymbolIndex {
  const files = new Map<string, DescFile>();
  for (const { file } of services) if (!files.has(file.proto.name)) files.set(file.proto.name, file);
  for (const { file } of services) {
    for (const one of withImports(file)) if (!files.has(one.proto.name)) files.set(one.proto.name, one);
  }
  const symbols = new Map<string, DescFile>();
  const messages = new Set<string>();
  const extensions = new Map<string, Map<number, DescExtension>>();
  for (const file of files.values()) indexFile(file);

  return {
    services: services.map(({ typeName }) => typeName).sort(),
    file: (name) => files.get(name),
    fileOfSymbol: (fullName) => symbols.get(fullName.replace(/^\./, '')),
    hasMessage: (fullName) => messages.has(fullName.replace(/^\./, '')),
    extensionsOf: (fullName) => extensions.get(fullName.replace(/^\./, '')) ?? none,
  };

  function indexFile(file: DescFile): void {
    for (const type of nestedTypes(file)) {
      symbols.set(type.typeName, file);
      switch (type.kind) {
        case 'message':
          messages.add(type.typeName);
          for (const { name } of [...type.fields, ...type.oneofs])
            symbols.set(`${type.typeName}.${name}`, file);
          break;
        case 'enum': {
          // Values live beside their enum, not in it (descriptor.proto, "EnumValueDescriptorProto").
          const scope = type.typeName.slice(0, type.typeName.lastIndexOf('.') + 1);
          for (const { name } of type.values) symbols.set(scope + name, file);
          break;
        }
        case 'service':
          for (const { name } of type.methods) symbols.set(`${type.typeName}.${name}`, file);
          break;
        case 'extension': {
          const ofMessage = extensions.get(type.extendee.typeName) ?? new Map();
          extensions.set(type.extendee.typeName, ofMessage.set(type.number, type));
          break;
        }
      }
    }
  }
}

/** A file and everything it imports, itself first. */
export function withImports(file: DescFile, seen = new Set<DescFile>()): ReadonlySet<DescFile> {
  if (!seen.has(file)) {
    seen.add(file);
    for (const dependency of file.dependencies) withImports(dependency, seen);
  }
  return seen;
}
