import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DescFile, DescMessage } from '@bufbuild/protobuf';
import { isEvent } from '@busline/bus';

/** The folder of a project's generated contracts. */
export function contractsOf(root: string): string {
  return join(root, 'schemas', 'gen');
}

/** Packages of the bus itself: their events are for its own tests and measurements, which make their streams. */
const ownPackages = /^busline\./;

/** Every event of the application in a folder of generated contracts, by type name. */
export async function findEvents(folder: string): Promise<DescMessage[]> {
  const files = await readdir(folder, { recursive: true });
  const found = new Map<string, DescMessage>();
  for (const file of files.filter((name) => name.endsWith('_pb.ts'))) {
    const exported: Record<string, unknown> = await import(pathToFileURL(join(folder, file)).href);
    for (const value of Object.values(exported)) {
      if (!isFile(value) || ownPackages.test(value.proto.package)) continue;
      for (const message of messagesOf(value.messages))
        if (isEvent(message)) found.set(message.typeName, message);
    }
  }
  return [...found.values()].toSorted((a, b) => (a.typeName < b.typeName ? -1 : 1));
}

function isFile(value: unknown): value is DescFile {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'file';
}

function messagesOf(messages: readonly DescMessage[]): DescMessage[] {
  return messages.flatMap((message) => [message, ...messagesOf(message.nestedMessages)]);
}
