import type { DescEnum, DescExtension, DescFile, DescMessage, DescService } from '@bufbuild/protobuf';

/** What calls of a service can carry. */
export interface ReachableTypes {
  readonly messages: ReadonlyMap<string, DescMessage>;
  readonly enums: ReadonlyMap<string, DescEnum>;
  /** Extensions of these messages that the contract knows, by extended message and number. */
  readonly extensions: ReadonlyMap<string, DescExtension>;
}

/** The types of a service's requests and responses, and all that their fields refer to. */
export function reachableTypes(service: DescService): ReachableTypes {
  const messages = new Map<string, DescMessage>();
  const enums = new Map<string, DescEnum>();
  const extensions = new Map<string, DescExtension>();
  const known = Map.groupBy(extensionsOf(service.file), ({ extendee }) => extendee.typeName);

  const queue = service.methods.flatMap(({ input, output }) => [input, output]);
  for (let message = queue.pop(); message !== undefined; message = queue.pop()) {
    if (messages.has(message.typeName)) continue;
    messages.set(message.typeName, message);
    const extending = known.get(message.typeName) ?? [];
    for (const extension of extending) extensions.set(`${message.typeName} ${extension.number}`, extension);
    for (const field of [...message.fields, ...extending]) {
      if (field.message !== undefined) queue.push(field.message);
      if (field.enum !== undefined) enums.set(field.enum.typeName, field.enum);
    }
  }
  return { messages, enums, extensions };
}

function extensionsOf(file: DescFile): DescExtension[] {
  const files = new Set<DescFile>();
  const visit = (one: DescFile): void => {
    if (files.has(one)) return;
    files.add(one);
    for (const dependency of one.dependencies) visit(dependency);
  };
  visit(file);
  const nested = (message: DescMessage): DescExtension[] => [
    ...message.nestedExtensions,
    ...message.nestedMessages.flatMap(nested),
  ];
  return [...files].flatMap((one) => [...one.extensions, ...one.messages.flatMap(nested)]);
}
