import { type DescField, type DescMessage, type DescMethod, getOption, hasOption } from '@bufbuild/protobuf';
import { http } from '@busline/schemas/google/api/annotations';
import type { HttpRule } from '@busline/schemas/google/api/http';
import { hasOwnJsonForm } from './json-well-known.ts';
import {
  type PathTemplate,
  PathTemplateError,
  type PathVariable,
  parsePathTemplate,
} from './path-template.ts';

/** One HTTP form of a method: a `google.api.http` rule, checked against the method's messages. */
export interface HttpBinding {
  readonly method: DescMethod;
  /** `GET`, `POST` …, a custom kind, or `*` for any. */
  readonly httpMethod: string;
  readonly template: PathTemplate;
  readonly variables: readonly BoundVariable[];
  readonly body: BodyRule;
  /** The one field of the response that is the body of the answer; undefined for the whole response. */
  readonly responseField: DescField | undefined;
}

export interface BoundVariable {
  readonly variable: PathVariable;
  /** From a field of the request down to the one that is bound. */
  readonly fields: readonly DescField[];
}

export type BodyRule =
  /** No body; what is not in the path is in the query. */
  | { readonly kind: 'none' }
  /** `body: "*"`: what is not in the path is in the body, and there is no query. */
  | { readonly kind: 'all' }
  /** `body: "field"`: that field is the body, the rest may be in the query. */
  | { readonly kind: 'field'; readonly field: DescField };

/** A rule that cannot be served. The method's other rules are. */
export interface RuleFault {
  readonly file: string;
  /** Full name of the method. */
  readonly method: string;
  /** The rule, `GET /v1/orders/{id}`, as far as it could be read. */
  readonly rule: string;
  readonly reason: string;
}

export interface CompiledRules {
  readonly bindings: readonly HttpBinding[];
  readonly faults: readonly RuleFault[];
}

/** Compiles the `google.api.http` option of a method and its additional bindings (google/api/http.proto, AIP-127). */
export function compileHttpRules(method: DescMethod): CompiledRules {
  const bindings: HttpBinding[] = [];
  const faults: RuleFault[] = [];
  let rule: HttpRule | undefined;
  try {
    rule = hasOption(method, http) ? getOption(method, http) : undefined;
  } catch {
    faults.push(
      ruleFault(method, '(google.api.http)', 'the bytes of the option are not a google.api.HttpRule'),
    );
  }
  if (rule === undefined) return { bindings, faults };

  compile(rule);
  for (const additional of rule.additionalBindings) {
    if (additional.additionalBindings.length > 0) {
      faults.push(
        ruleFault(
          method,
          describeRule(additional),
          'an additional binding has additional bindings of its own',
        ),
      );
    }
    compile(additional);
  }
  return { bindings, faults };

  function compile(one: HttpRule): void {
    try {
      bindings.push(compileRule(method, one));
    } catch (error) {
      if (!(error instanceof RuleError || error instanceof PathTemplateError)) throw error;
      faults.push(ruleFault(method, describeRule(one), error.message));
    }
  }
}

/** The fault as one line for the log. */
export function formatRuleFault(fault: RuleFault): string {
  return `${fault.file}: ${fault.method}: ${fault.rule}: ${fault.reason}`;
}

/** Full name of a method as in error texts: `orders.v1.OrderService.PlaceOrder`. */
export function methodName(method: DescMethod): string {
  return `${method.parent.typeName}.${method.name}`;
}

export function ruleFault(method: DescMethod, rule: string, reason: string): RuleFault {
  return { file: `${method.parent.file.name}.proto`, method: methodName(method), rule, reason };
}

class RuleError extends Error {
  override readonly name = 'RuleError';
}

function compileRule(method: DescMethod, rule: HttpRule): HttpBinding {
  const { httpMethod, path } = patternOf(rule);
  const template = parsePathTemplate(path);
  const variables = template.variables.map((variable) => ({
    variable,
    fields: variableFields(method.input, variable),
  }));
  const body = bodyRule(method.input, rule.body);
  if (body.kind !== 'none' && httpMethod === 'GET') throw new RuleError('a GET has no body');
  const responseField =
    rule.responseBody === '' ? undefined : topLevelField(method.output, rule.responseBody, 'response_body');
  return { method, httpMethod, template, variables, body, responseField };
}

function patternOf(rule: HttpRule): { httpMethod: string; path: string } {
  const { pattern } = rule;
  switch (pattern.case) {
    case undefined:
      throw new RuleError('the rule names no HTTP method and path');
    case 'custom':
      if (!httpToken.test(pattern.value.kind))
        throw new RuleError(`custom kind "${pattern.value.kind}" is not an HTTP method`);
      return { httpMethod: pattern.value.kind, path: pattern.value.path };
    default:
      return { httpMethod: pattern.case.toUpperCase(), path: pattern.value };
  }
}

/** RFC 9110, section 5.6.2. A lone `*` is a token too, and stands for any method. */
const httpToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function describeRule(rule: HttpRule): string {
  try {
    const { httpMethod, path } = patternOf(rule);
    return `${httpMethod} ${path}`;
  } catch {
    return '(google.api.http)';
  }
}

/** Path fields are singular and no messages, because a path segment is text (google/api/http.proto). */
function variableFields(input: DescMessage, variable: PathVariable): DescField[] {
  const name = variable.fieldPath.join('.');
  const fields: DescField[] = [];
  let message: DescMessage | undefined = input;
  for (const step of variable.fieldPath) {
    if (message === undefined)
      throw new RuleError(`path variable "${name}": "${fields.at(-1)?.name}" is no message`);
    const field: DescField | undefined = message.fields.find((candidate) => candidate.name === step);
    if (field === undefined)
      throw new RuleError(`path variable "${name}": ${message.typeName} has no field "${step}"`);
    fields.push(field);
    message = field.fieldKind === 'message' && !hasOwnJsonForm(field.message) ? field.message : undefined;
  }
  const bound = fields.at(-1);
  if (bound?.fieldKind !== 'scalar' && bound?.fieldKind !== 'enum') {
    throw new RuleError(`path variable "${name}": the field must be singular and no message`);
  }
  return fields;
}

function bodyRule(input: DescMessage, body: string): BodyRule {
  if (body === '') return { kind: 'none' };
  if (body === '*') return { kind: 'all' };
  return { kind: 'field', field: topLevelField(input, body, 'body') };
}

function topLevelField(message: DescMessage, name: string, role: 'body' | 'response_body'): DescField {
  const field = message.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new RuleError(`${role} "${name}": ${message.typeName} has no such field`);
  return field;
}
