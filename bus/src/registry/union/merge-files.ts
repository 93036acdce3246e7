import { clone } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type ServiceDescriptorProto,
  ServiceDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import { mergeEnum, mergeMessage } from './merge-message.ts';
import { mergeByName, withMissing } from './merge-names.ts';

/**
 * Two versions of a set of files as one that has all types, fields, values and methods of both. What both have is that
 * of `newer`. What is added comes last, so that the comments of `newer`, which go by place, stay where they belong.
 *
 * @returns imports before importers
 * @throws Error when the files would import each other in a circle.
 */
export function mergeFiles(
  newer: readonly FileDescriptorProto[],
  older: readonly FileDescriptorProto[],
): FileDescriptorProto[] {
  const home = new Map(newer.flatMap((file) => topLevelTypes(file).map((type) => [type, file.name])));
  const moved = older.map((file) =>
    withoutTypes(file, (type) => (home.get(type) ?? file.name) !== file.name),
  );
  const merged = mergeByName(newer, moved, mergeFile);
  for (const file of older)
    for (const type of topLevelTypes(file)) if (!home.has(type)) home.set(type, file.name);
  return inImportOrder(merged.map((file) => withImports(file, home)));
}

function mergeFile(newer: FileDescriptorProto, older: FileDescriptorProto): FileDescriptorProto {
  const merged = clone(FileDescriptorProtoSchema, newer);
  merged.messageType = mergeByName(newer.messageType, older.messageType, mergeMessage);
  merged.enumType = mergeByName(newer.enumType, older.enumType, mergeEnum);
  merged.service = mergeByName(newer.service, older.service, mergeService);
  merged.extension = withMissing(newer.extension, older.extension);
  merged.dependency = [...new Set([...newer.dependency, ...older.dependency])];
  return merged;
}

function mergeService(newer: ServiceDescriptorProto, older: ServiceDescriptorProto): ServiceDescriptorProto {
  const merged = clone(ServiceDescriptorProtoSchema, newer);
  merged.method = withMissing(newer.method, older.method);
  return merged;
}

const fullName = (file: FileDescriptorProto, name: string): string =>
  file.package === '' ? `.${name}` : `.${file.package}.${name}`;

function topLevelTypes(file: FileDescriptorProto): string[] {
  return [...file.messageType, ...file.enumType].map(({ name }) => fullName(file, name));
}

function withoutTypes(file: FileDescriptorProto, gone: (type: string) => boolean): FileDescriptorProto {
  const stays = ({ name }: { readonly name: string }): boolean => !gone(fullName(file, name));
  const copy = clone(FileDescriptorProtoSchema, file);
  copy.messageType = file.messageType.filter(stays);
  copy.enumType = file.enumType.filter(stays);
  return copy;
}

/** Imports for what a file refers to: a type may have moved, or come from the other version. */
function withImports(file: FileDescriptorProto, home: ReadonlyMap<string, string>): FileDescriptorProto {
  const missing = new Set<string>();
  for (const reference of references(file)) {
    const place = homeOf(reference, home);
    if (place !== undefined && place !== file.name && !file.dependency.includes(place)) missing.add(place);
  }
  if (missing.size === 0) return file;
  const copy = clone(FileDescriptorProtoSchema, file);
  copy.dependency.push(...missing);
  return copy;
}

/** File of a type, or of the message it is nested in. */
function homeOf(type: string, home: ReadonlyMap<string, string>): string | undefined {
  for (let name = type; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const place = home.get(name);
    if (place !== undefined) return place;
  }
  return undefined;
}

function references(file: FileDescriptorProto): string[] {
  const ofMessage = (message: DescriptorProto): string[] => [
    ...message.field.map(({ typeName }) => typeName),
    ...message.extension.flatMap(({ typeName, extendee }) => [typeName, extendee]),
    ...message.nestedType.flatMap(ofMessage),
  ];
  return [
    ...file.messageType.flatMap(ofMessage),
    ...file.extension.flatMap(({ typeName, extendee }) => [typeName, extendee]),
    ...file.service.flatMap(({ method }) =>
      method.flatMap(({ inputType, outputType }) => [inputType, outputType]),
    ),
  ].filter((name) => name !== '');
}

function inImportOrder(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const sorted = new Set<FileDescriptorProto>();
  const visit = (file: FileDescriptorProto, importers: readonly string[]): void => {
    if (sorted.has(file)) return;
    if (importers.includes(file.name))
      throw new Error(`both versions together import in a circle: ${[...importers, file.name].join(', ')}`);
    for (const name of file.dependency) {
      const dependency = byName.get(name);
      if (dependency !== undefined) visit(dependency, [...importers, file.name]);
    }
    sorted.add(file);
  };
  for (const file of files) visit(file, []);
  return [...sorted];
}
