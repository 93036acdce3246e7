import type { DescService } from '@bufbuild/protobuf';
import type { BreakingChange } from './breaking-change.ts';
import { compareEnums } from './compare-enums.ts';
import { compareExtensions } from './compare-fields.ts';
import { compareMessages } from './compare-messages.ts';
import { compareMethods } from './compare-methods.ts';
import { declaredTypes, reachableTypes } from './contract-types.ts';

/**
 * What breaks between two versions of a service, by the rules of `buf breaking`'s category WIRE_JSON. Only what calls
 * can carry counts: methods of both versions, and each type that calls of the older one carry and the newer one has,
 * because whoever serves both versions at once has one such type.
 *
 * A method that one version lacks is no break: its subject has no subscriber in the workers of that version, so its
 * calls go to those of the other. Nor is one in WIRE_JSON.
 *
 * @param older,newer the same service, by full name
 */
export function breakingChanges(older: DescService, newer: DescService): BreakingChange[] {
  const [before, after] = [reachableTypes(older), declaredTypes(newer)];
  return [
    ...compareEach(byName(older.methods), byName(newer.methods), compareMethods),
    ...compareEach(before.messages, after.messages, compareMessages),
    ...compareEach(before.extensions, after.extensions, compareExtensions),
    ...compareEach(before.enums, after.enums, compareEnums),
  ];
}

function byName<T extends { readonly name: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.name, item]));
}

/** Compares what is in both maps under the same key. */
function compareEach<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  compare: (before: T, after: T) => BreakingChange[],
): BreakingChange[] {
  return [...before].flatMap(([key, was]) => {
    const is = after.get(key);
    return is === undefined ? [] : compare(was, is);
  });
}
