import type { DescExtension, DescField, DescOneof } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { type BreakingChange, breaking } from './breaking-change.ts';
import { fieldDefault, sameDefault } from './field-default.ts';
import {
  type AnyField,
  type MapField,
  mapKeyType,
  mapValueType,
  type TypeChange,
  typeChange,
  valueType,
} from './value-type.ts';

/** Two versions of the field that one number stands for. */
export function compareFields(before: DescField, after: DescField): BreakingChange[] {
  const path = fieldPath(before);
  const changes: BreakingChange[] = [];
  if (before.name !== after.name)
    changes.push(
      breaking(
        'FIELD_SAME_NAME',
        path,
        `the field is called ${after.name} now, and JSON goes by the name; keep ${before.name}`,
      ),
    );
  if (before.jsonName !== after.jsonName)
    changes.push(
      breaking(
        'FIELD_SAME_JSON_NAME',
        path,
        `the field is called ${after.jsonName} in JSON now; keep ${before.jsonName}, by json_name if need be`,
      ),
    );
  changes.push(...compareOneof(path, before, after), ...compareValues(path, before, after));
  if (before.fieldKind === 'map' && after.fieldKind === 'map')
    changes.push(...compareEntries(path, before, after));
  return changes;
}

/** Two versions of an extension of the same message with the same number. */
export function compareExtensions(before: DescExtension, after: DescExtension): BreakingChange[] {
  const path = `${before.typeName} (extension ${before.number} of ${before.extendee.typeName})`;
  const changes = compareValues(path, before, after);
  if (before.typeName === after.typeName) return changes;
  const message = `the extension is called ${after.typeName} now, and JSON goes by the name; keep it`;
  return [breaking('FIELD_SAME_NAME', path, message), ...changes];
}

/** `orders.v1.Order.total (field 4)`. */
export function fieldPath({ parent, name, number }: DescField): string {
  return `${parent.typeName}.${name} (field ${number})`;
}

function compareOneof(path: string, before: DescField, after: DescField): BreakingChange[] {
  const [was, is] = [before.oneof, after.oneof];
  if (was?.name === is?.name) return [];
  const place = (oneof: DescOneof | undefined) => (oneof === undefined ? 'no oneof' : `oneof ${oneof.name}`);
  const message = `the field moved from ${place(was)} to ${place(is)}, which decides what other fields it clears; leave it where it was`;
  return [breaking('FIELD_SAME_ONEOF', path, message)];
}

/** What holds for fields and extensions alike: cardinality, type, default. */
function compareValues(path: string, before: AnyField, after: AnyField): BreakingChange[] {
  const changes: BreakingChange[] = [];
  const [was, is] = [cardinality(before), cardinality(after)];
  if (was !== is)
    changes.push({
      path,
      rule: 'FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY',
      // On the wire a map is a list of entries.
      category: [was, is].sort().join() === 'map,repeated' ? 'json' : 'wire',
      message: `the field was ${was} and is ${is} now; add a new field instead`,
    });
  changes.push(...typeChanged(path, 'the type', typeChange(valueType(before), valueType(after))));
  const [defaultBefore, defaultAfter] = [fieldDefault(before), fieldDefault(after)];
  if (defaultBefore !== undefined && defaultAfter !== undefined && !sameDefault(defaultBefore, defaultAfter))
    changes.push(
      breaking(
        'FIELD_SAME_DEFAULT',
        path,
        `the default changed from "${defaultBefore}" to "${defaultAfter}", so the sides differ in what a field means that is not set; keep it`,
      ),
    );
  return changes;
}

function compareEntries(path: string, before: MapField, after: MapField): BreakingChange[] {
  return [
    ...typeChanged(path, 'the type of the keys', typeChange(mapKeyType(before), mapKeyType(after))),
    ...typeChanged(path, 'the type of the values', typeChange(mapValueType(before), mapValueType(after))),
  ];
}

function typeChanged(path: string, what: string, change: TypeChange | undefined): BreakingChange[] {
  if (change === undefined) return [];
  const { from, to, category } = change;
  const message = `${what} changed from ${from} to ${to}; add a new field instead`;
  return [{ path, rule: 'FIELD_WIRE_JSON_COMPATIBLE_TYPE', category, message }];
}

function cardinality(field: AnyField): 'singular' | 'required' | 'repeated' | 'map' {
  if (field.fieldKind === 'list') return 'repeated';
  if (field.fieldKind === 'map') return 'map';
  return field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED ? 'required' : 'singular';
}
