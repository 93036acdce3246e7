import type { DescFile } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { printProto } from '@busline/schemas/print';
import { findByName } from '../contracts/find-by-name.ts';
import type { CommandContext } from '../program/command-context.ts';
import { liveContracts } from './live-contracts.ts';

/** Prints the file in which something is declared. */
export async function showSchema(context: CommandContext, name: string): Promise<void> {
  const { services, events } = await liveContracts(context);
  const files = new Map<string, DescFile>();
  for (const { desc } of services.values()) addFile(files, desc.file);
  for (const { schema } of events.values()) addFile(files, schema.file);
  const found = findByName(name, files.keys(), { one: 'type', many: 'types', list: 'busline schema ls' });
  const file = files.get(found) as DescFile;
  const source = printProto(file);
  if (context.output.json) context.output.document({ name: found, file: file.proto.name, source });
  else context.output.write(`// ${file.proto.name}\n${source}`);
}

/** By the name of each service, method, message and enum. */
function addFile(files: Map<string, DescFile>, file: DescFile): void {
  for (const type of nestedTypes(file)) {
    if (type.kind === 'extension') continue;
    files.set(type.typeName, file);
    if (type.kind === 'service')
      for (const { name } of type.methods) files.set(`${type.typeName}/${name}`, file);
  }
}
