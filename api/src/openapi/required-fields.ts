import { create, type DescField, type DescMessage, hasOption, type Registry } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { createValidator } from '@bufbuild/protovalidate';
import { field as fieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { FieldBehavior } from '@busline/schemas/google/api/field_behavior';
import { behaviorsOf } from './field-schema.ts';

/** Descriptors never change, so what was found out about one stays true for all documents. */
const known = new WeakMap<DescMessage, ReadonlySet<DescField>>();

const validator = createValidator();

/**
 * The fields that a message cannot do without: those of which an empty message breaks a rule. Besides `required` that
 * is, for example, `min_len` on a string without presence, whose absence is an empty text. The rules themselves
 * decide, so the answer is that of the worker.
 *
 * @param registry holds the extensions that the contract's own predefined rules need
 */
export function requiredFields(desc: DescMessage, registry: Registry): ReadonlySet<DescField> {
  let fields = known.get(desc);
  if (fields === undefined) {
    const broken = brokenWhenEmpty(desc, registry);
    fields = new Set(desc.fields.filter((field) => isDeclared(field) || broken.has(field.number)));
    known.set(desc, fields);
  }
  return fields;
}

function brokenWhenEmpty(desc: DescMessage, registry: Registry): ReadonlySet<number> {
  if (!desc.fields.some((field) => hasOption(field, fieldRules))) return new Set();
  const empty = create(desc);
  const result = validator.validate(desc, empty);
  // A validator costs some 20 ms when it is first used; only predefined rules need one that knows the contract's types.
  // What cannot be evaluated then is the worker's to report, and makes no field required.
  const { violations = [] } =
    result.kind === 'error' ? createValidator({ registry }).validate(desc, empty) : result;
  return new Set(
    violations.flatMap(({ field: [first, ...more] }) =>
      first?.kind === 'field' && more.length === 0 ? [first.number] : [],
    ),
  );
}

function isDeclared(field: DescField): boolean {
  return (
    field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED ||
    behaviorsOf(field).has(FieldBehavior.REQUIRED)
  );
}
