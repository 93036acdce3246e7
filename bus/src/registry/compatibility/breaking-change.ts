/** A difference between two versions of a contract that somebody who holds the other version trips over. */
export interface BreakingChange {
  /** Where: the full name of the element and its number, such as `orders.v1.Order.total (field 4)`. */
  readonly path: string;
  readonly rule: BreakingRule;
  /** `wire`: serialized messages are misread or lost. `json`: only their JSON is. */
  readonly category: BreakingCategory;
  /** What changed and what to do instead. */
  readonly message: string;
}

export type BreakingCategory = 'wire' | 'json';

/**
 * The rules, by the names that `buf breaking` gives them in its category WIRE_JSON, and whether a change that breaks
 * one is in its category WIRE too. `both`: it depends on the change. FILE_SAME_PACKAGE is not among them: a type in
 * another package is another type, and whoever refers to it reports that.
 */
export const breakingRules = {
  ENUM_SAME_JSON_FORMAT: 'json',
  ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED: 'json',
  ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED: 'wire',
  ENUM_VALUE_SAME_NAME: 'json',
  FIELD_NO_DELETE_UNLESS_NAME_RESERVED: 'json',
  FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED: 'wire',
  FIELD_SAME_DEFAULT: 'wire',
  FIELD_SAME_JSON_NAME: 'json',
  FIELD_SAME_NAME: 'json',
  FIELD_SAME_ONEOF: 'wire',
  FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY: 'both',
  FIELD_WIRE_JSON_COMPATIBLE_TYPE: 'both',
  MESSAGE_SAME_JSON_FORMAT: 'json',
  MESSAGE_SAME_REQUIRED_FIELDS: 'wire',
  RESERVED_ENUM_NO_DELETE: 'wire',
  RESERVED_MESSAGE_NO_DELETE: 'wire',
  RPC_SAME_CLIENT_STREAMING: 'wire',
  RPC_SAME_IDEMPOTENCY_LEVEL: 'wire',
  RPC_SAME_REQUEST_TYPE: 'wire',
  RPC_SAME_RESPONSE_TYPE: 'wire',
  RPC_SAME_SERVER_STREAMING: 'wire',
} as const satisfies Record<string, BreakingCategory | 'both'>;

export type BreakingRule = keyof typeof breakingRules;

type RuleOf<Category> = {
  [Rule in BreakingRule]: (typeof breakingRules)[Rule] extends Category ? Rule : never;
}[BreakingRule];

/** A change that breaks a rule of one category. */
export function breaking(rule: RuleOf<BreakingCategory>, path: string, message: string): BreakingChange {
  return { path, rule, category: breakingRules[rule], message };
}
