import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { type BreakingChange, breaking } from './breaking-change.ts';
import { compareFields, fieldPath } from './compare-fields.ts';
import { promisesJson } from './json-format.ts';
import { isReserved, noLongerReserved, type Reserved, reservedOfMessage } from './reserved-ranges.ts';

/** Two versions of one message. */
export function compareMessages(before: DescMessage, after: DescMessage): BreakingChange[] {
  const fieldsAfter = new Map(after.fields.map((field) => [field.number, field]));
  const reserved = reservedOfMessage(after.proto);
  const changes = before.fields.flatMap((field) => {
    const now = fieldsAfter.get(field.number);
    return now === undefined ? deleted(field, reserved) : compareFields(field, now);
  });
  changes.push(...requiredFields(before, after));
  for (const what of noLongerReserved(reservedOfMessage(before.proto), reserved))
    changes.push(
      breaking(
        'RESERVED_MESSAGE_NO_DELETE',
        before.typeName,
        `${what} is no longer reserved; reserve it again`,
      ),
    );
  if (promisesJson(before) && !promisesJson(after))
    changes.push(
      breaking(
        'MESSAGE_SAME_JSON_FORMAT',
        before.typeName,
        'the schema no longer promises its JSON form; keep json_format = ALLOW',
      ),
    );
  return changes;
}

function deleted(field: DescField, reserved: Reserved): BreakingChange[] {
  const changes: BreakingChange[] = [];
  if (!isReserved(reserved, field.number))
    changes.push(
      breaking(
        'FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED',
        fieldPath(field),
        `the field was deleted without reserving its number; keep it, or add: reserved ${field.number};`,
      ),
    );
  if (!reserved.names.includes(field.name))
    changes.push(
      breaking(
        'FIELD_NO_DELETE_UNLESS_NAME_RESERVED',
        fieldPath(field),
        `the field was deleted without reserving its name; keep it, or add: reserved "${field.name}";`,
      ),
    );
  return changes;
}

function requiredFields(before: DescMessage, after: DescMessage): BreakingChange[] {
  const rule = 'MESSAGE_SAME_REQUIRED_FIELDS';
  const [required, requiredNow] = [before, after].map((message) =>
    message.fields.filter(({ presence }) => presence === FeatureSet_FieldPresence.LEGACY_REQUIRED),
  ) as [DescField[], DescField[]];
  const missing = (fields: readonly DescField[], from: readonly DescField[]): DescField[] =>
    fields.filter(({ number }) => !from.some((field) => field.number === number));
  return [
    ...missing(required, requiredNow).map((field) =>
      breaking(
        rule,
        fieldPath(field),
        'the field is no longer required, so messages may lack it that others demand; keep it required',
      ),
    ),
    ...missing(requiredNow, required).map((field) =>
      breaking(
        rule,
        fieldPath(field),
        'the field is required now, so messages of others are refused; make it optional',
      ),
    ),
  ];
}
