import type { DescEnum } from '@bufbuild/protobuf';
import { commentOf } from './comments.ts';
import type { Constraint } from './constraint.ts';
import type { JsonSchema } from './json-schema.ts';
import { described } from './prose.ts';
import { listIn, type Rules } from './rules.ts';

/** Whether the enum is written as `null` (ProtoJSON, "NullValue"). */
export function isNullValue(desc: DescEnum): boolean {
  return desc.typeName === 'google.protobuf.NullValue';
}

/** An enum by its names, each with its comment. */
export function enumSchema(desc: DescEnum): JsonSchema {
  const values = desc.values.flatMap((value) => {
    const comment = commentOf(value).replace(/\s+/g, ' ');
    const note = value.deprecated ? [comment, 'Deprecated.'].filter(Boolean).join(' ') : comment;
    return note === '' ? [] : [`- \`${value.name}\`: ${note}`];
  });
  return {
    type: 'string',
    enum: desc.values.map(({ name }) => name),
    ...described([commentOf(desc), values.join('\n')]),
    ...(desc.deprecated && { deprecated: true }),
  };
}

/** The names that the rules of a field leave. */
export function enumConstraint(desc: DescEnum, rules: Rules): Constraint {
  const { const: only, in: allowed, notIn } = rules;
  if (only === undefined && allowed === undefined && notIn === undefined) return { keywords: {}, notes: [] };
  const left = desc.values.filter(
    ({ number }) =>
      (only === undefined || only === number) &&
      (allowed === undefined || listIn(allowed).includes(number)) &&
      !listIn(notIn).includes(number),
  );
  return { keywords: { enum: left.map(({ name }) => name) }, notes: [] };
}
