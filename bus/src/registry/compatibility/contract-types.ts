import type { DescEnum, DescExtension, DescFile, DescMessage, DescService } from '@bufbuild/protobuf';

/** Types of a contract by their names. */
export interface ContractTypes {
  readonly messages: ReadonlyMap<string, DescMessage>;
  readonly enums: ReadonlyMap<string, DescEnum>;
  /** By extended message and number. */
  readonly extensions: ReadonlyMap<string, DescExtension>;
}

/** The types that calls of a service can carry: requests and responses, and all that their fields refer to. */
export function reachableTypes(service: DescService): ContractTypes {
  const messages = new Map<string, DescMessage>();
  const enums = new Map<string, DescEnum>();
  const extensions = new Map<string, DescExtension>();
  const known = Map.groupBy(declaredTypes(service).extensions.values(), ({ extendee }) => extendee.typeName);

  const queue = service.methods.flatMap(({ input, output }) => [input, output]);
  for (let message = queue.pop(); message !== undefined; message = queue.pop()) {
    if (messages.has(message.typeName)) continue;
    messages.set(message.typeName, message);
    const extending = known.get(message.typeName) ?? [];
    for (const extension of extending) extensions.set(keyOf(extension), extension);
    for (const field of [...message.fields, ...extending]) {
      if (field.message !== undefined) queue.push(field.message);
      if (field.enum !== undefined) enums.set(field.enum.typeName, field.enum);
    }
  }
  return { messages, enums, extensions };
}

/** All types in the file of a service and those it imports. */
export function declaredTypes(service: DescService): ContractTypes {
  const messages = new Map<string, DescMessage>();
  const enums = new Map<string, DescEnum>();
  const extensions = new Map<string, DescExtension>();
  const addAll = (types: Pick<DescMessage, 'nestedMessages' | 'nestedEnums' | 'nestedExtensions'>): void => {
    for (const type of types.nestedEnums) enums.set(type.typeName, type);
    for (const extension of types.nestedExtensions) extensions.set(keyOf(extension), extension);
    for (const message of types.nestedMessages) {
      messages.set(message.typeName, message);
      addAll(message);
    }
  };
  const files = new Set<DescFile>();
  const visit = (file: DescFile): void => {
    if (files.has(file)) return;
    files.add(file);
    addAll({ nestedMessages: file.messages, nestedEnums: file.enums, nestedExtensions: file.extensions });
    for (const dependency of file.dependencies) visit(dependency);
  };
  visit(service.file);
  return { messages, enums, extensions };
}

function keyOf({ extendee, number }: DescExtension): string {
  return `${extendee.typeName} ${number}`;
}
