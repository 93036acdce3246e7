import type { JsonValue } from '@bufbuild/protobuf';
import type { Constraint } from './constraint.ts';
import { listIn, type Rules } from './rules.ts';

/** Rules of a number that JSON writes as a number. */
export function numberConstraint(rules: Rules): Constraint {
  const outside = outsideRange(rules);
  const bounds =
    outside === undefined
      ? {
          ...(isNumber(rules.gt) && { exclusiveMinimum: rules.gt }),
          ...(isNumber(rules.gte) && { minimum: rules.gte }),
          ...(isNumber(rules.lt) && { exclusiveMaximum: rules.lt }),
          ...(isNumber(rules.lte) && { maximum: rules.lte }),
        }
      : {};
  return { keywords: { ...bounds, ...choice(rules) }, notes: outside === undefined ? [] : [outside] };
}

/** Rules of a value that JSON writes as text (64-bit numbers, durations, times): bounds go into words. */
export function textNumberConstraint(rules: Rules): Constraint {
  const outside = outsideRange(rules);
  return { keywords: choice(rules), notes: outside === undefined ? boundNotes(rules) : [outside] };
}

/** Whether the rules keep NaN and the infinities out. */
export function staysFinite(rules: Rules): boolean {
  const lower = rules.gt ?? rules.gte;
  const upper = rules.lt ?? rules.lte;
  const isBounded = isNumber(lower) && isNumber(upper) && lower <= upper;
  return rules.finite === true || rules.const !== undefined || rules.in !== undefined || isBounded;
}

function choice(rules: Rules): Constraint['keywords'] {
  return {
    ...(rules.const !== undefined && { const: rules.const }),
    ...(rules.in !== undefined && { enum: listIn(rules.in) }),
    ...(rules.notIn !== undefined && { not: { enum: listIn(rules.notIn) } }),
  };
}

const bounds = [
  ['gt', 'Greater than'],
  ['gte', 'At least'],
  ['lt', 'Less than'],
  ['lte', 'At most'],
] as const;

function boundNotes(rules: Rules): string[] {
  return bounds.flatMap(([name, words]) =>
    rules[name] === undefined ? [] : [`${words} ${String(rules[name])}.`],
  );
}

/** A lower bound above the upper one allows what lies outside of both (buf/validate/validate.proto, "gt"). */
function outsideRange(rules: Rules): string | undefined {
  const lower = rules.gt ?? rules.gte;
  const upper = rules.lt ?? rules.lte;
  if (lower === undefined || upper === undefined || !isAbove(lower, upper)) return undefined;
  const [below, above] = [
    rules.lt === undefined ? 'at most' : 'less than',
    rules.gt === undefined ? 'at least' : 'greater than',
  ];
  return `Either ${below} ${String(upper)} or ${above} ${String(lower)}.`;
}

/** Durations such as `1.5s` compare by their number, times by themselves. */
function isAbove(one: JsonValue, other: JsonValue): boolean {
  const [a, b] = [one, other].map((value) => Number.parseFloat(String(value)));
  return typeof one === 'string' && one.includes('T') ? one > String(other) : (a as number) > (b as number);
}

function isNumber(value: JsonValue | undefined): value is number {
  return typeof value === 'number';
}
