import type { DescEnum } from '@bufbuild/protobuf';
import { type BreakingChange, breaking } from './breaking-change.ts';
import { promisesJson } from './json-format.ts';
import { isReserved, noLongerReserved, reservedOfEnum } from './reserved-ranges.ts';

/** Two versions of one enum. */
export function compareEnums(before: DescEnum, after: DescEnum): BreakingChange[] {
  const changes: BreakingChange[] = [];
  const [namesBefore, namesAfter] = [namesByNumber(before), namesByNumber(after)];
  const reserved = reservedOfEnum(after.proto);
  for (const [number, names] of namesBefore) {
    const path = `${before.typeName}.${names[0]} (value ${number})`;
    const namesNow = namesAfter.get(number);
    if (namesNow !== undefined) {
      const gone = names.filter((name) => !namesNow.includes(name));
      if (gone.length > 0)
        changes.push(
          breaking(
            'ENUM_VALUE_SAME_NAME',
            path,
            `the name ${gone.join(', ')} became ${namesNow.join(', ')}; keep it, with allow_alias beside the new one if need be`,
          ),
        );
      continue;
    }
    if (!isReserved(reserved, number))
      changes.push(
        breaking(
          'ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED',
          path,
          `the value was deleted without reserving its number; keep it, or add: reserved ${number};`,
        ),
      );
    const free = names.filter((name) => !reserved.names.includes(name));
    if (free.length > 0)
      changes.push(
        breaking(
          'ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED',
          path,
          `the value was deleted without reserving its name; keep it, or add: reserved ${free.map((name) => `"${name}"`).join(', ')};`,
        ),
      );
  }
  for (const what of noLongerReserved(reservedOfEnum(before.proto), reserved))
    changes.push(
      breaking('RESERVED_ENUM_NO_DELETE', before.typeName, `${what} is no longer reserved; reserve it again`),
    );
  if (promisesJson(before) && !promisesJson(after))
    changes.push(
      breaking(
        'ENUM_SAME_JSON_FORMAT',
        before.typeName,
        'the schema no longer promises its JSON form; keep json_format = ALLOW',
      ),
    );
  return changes;
}

/** Names by number, several where `allow_alias` is set. */
export function namesByNumber(desc: DescEnum): Map<number, string[]> {
  const names = new Map<number, string[]>();
  for (const { number, name } of desc.values) names.set(number, [...(names.get(number) ?? []), name]);
  return names;
}
