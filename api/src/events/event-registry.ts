import type { DescMessage, Registry } from '@bufbuild/protobuf';
import type { EventDirectory } from './event-directory.ts';

/** The types of all events of the moment, with what they hold, before those of `others`. */
export function eventRegistry(directory: Pick<EventDirectory, 'types'>, others: Registry): Registry {
  const find = <T>(lookUp: (registry: Registry) => T | undefined): T | undefined => {
    for (const { registry } of directory.types.values()) {
      const found = lookUp(registry);
      if (found !== undefined) return found;
    }
    return lookUp(others);
  };
  return {
    kind: 'registry',
    [Symbol.iterator]: () => others[Symbol.iterator](),
    get: (typeName) => find((registry) => registry.get(typeName)),
    getMessage: (typeName) =>
      directory.types.get(typeName)?.schema ?? find((registry) => registry.getMessage(typeName)),
    getEnum: (typeName) => find((registry) => registry.getEnum(typeName)),
    getExtension: (typeName) => find((registry) => registry.getExtension(typeName)),
    getExtensionFor: (extendee: DescMessage, number: number) =>
      find((registry) => registry.getExtensionFor(extendee, number)),
    getService: (typeName) => find((registry) => registry.getService(typeName)),
  };
}
