import type { DescMessage } from '@bufbuild/protobuf';
import { isEvent } from '@busline/bus';
import { generatedFiles } from '../contracts/generated-files.ts';

/** Packages of the bus itself: their events are for its own tests and measurements, which make their streams. */
const ownPackages = /^busline\./;

/** Every event of the application in a folder of generated contracts, in the order of their names. */
export async function findEvents(folder: string): Promise<DescMessage[]> {
  const files = await generatedFiles(folder);
  const ours = files.filter((file) => !ownPackages.test(file.proto.package));
  const events = ours.flatMap((file) => messagesOf(file.messages)).filter(isEvent);
  const byName = new Map(events.map((event) => [event.typeName, event]));
  return [...byName.values()].toSorted((a, b) => (a.typeName < b.typeName ? -1 : 1));
}

function messagesOf(messages: readonly DescMessage[]): DescMessage[] {
  return messages.flatMap((message) => [message, ...messagesOf(message.nestedMessages)]);
}
