import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { HttpBinding } from '../transcode/http-rule.ts';
import { hasOwnJsonForm } from '../transcode/json-well-known.ts';
import { hasTextForm } from '../transcode/text-field.ts';
import { fieldSchema } from './field-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import type { FieldPath } from './message-schema.ts';
import type { Parameter } from './openapi-document.ts';
import type { OpenApiPath, PathParameter } from './path-template-names.ts';
import { described } from './prose.ts';
import type { TypeScope } from './type-scope.ts';

export function pathParameters(path: OpenApiPath, scope: TypeScope): Parameter[] {
  return path.parameters.map((parameter) => {
    const { description, deprecated, ...schema } = schemaOf(parameter, scope);
    const manySegments = 'May hold several segments with slashes between them.';
    return {
      name: parameter.name,
      in: 'path',
      ...described([description ?? '', parameter.isOpen ? manySegments : '']),
      required: true,
      ...(deprecated !== undefined && { deprecated }),
      schema,
    };
  });
}

function schemaOf({ name, bound, isWhole }: PathParameter, scope: TypeScope): JsonSchema {
  const field = bound?.fields.at(-1);
  if (bound === undefined || field === undefined) return { type: 'string' };
  if (isWhole) return fieldSchema(field, scope);
  const { description = '' } = fieldSchema(field, scope);
  const part = `The part of \`${bound.variable.fieldPath.join('.')}\` that names the ${name}.`;
  return { type: 'string', ...described([part, description]) };
}

/**
 * The query of a binding, as the transcoder reads it (google/api/http.proto): what neither path nor body gives, nested
 * messages down to their leaves. A message inside itself is not gone into again, though the transcoder would.
 */
export function queryParameters(binding: HttpBinding, scope: TypeScope): Parameter[] {
  const { body, variables, method } = binding;
  if (body.kind === 'all') return [];
  const taken: FieldPath[] = [
    ...variables.map(({ fields }) => fields),
    ...(body.kind === 'field' ? [[body.field]] : []),
  ];
  return leaves(method.input, [], [method.input]).map((path) => queryParameter(path, scope));

  function leaves(message: DescMessage, above: FieldPath, inside: readonly DescMessage[]): FieldPath[] {
    return message.fields.flatMap((field): FieldPath[] => {
      const path = [...above, field];
      if (taken.some((other) => other.length === path.length && other.every((one, i) => one === path[i])))
        return [];
      if (hasTextForm(field)) return [path];
      if (field.fieldKind !== 'message' || hasOwnJsonForm(field.message)) return [];
      return inside.includes(field.message) ? [] : leaves(field.message, path, [...inside, field.message]);
    });
  }
}

function queryParameter(path: FieldPath, scope: TypeScope): Parameter {
  const field = path.at(-1) as DescField;
  const { description, deprecated, ...schema } = fieldSchema(field, scope);
  const others = field.oneof?.fields.filter((other) => other !== field) ?? [];
  const choice =
    others.length === 0
      ? ''
      : `Not together with ${others.map(({ jsonName }) => `\`${jsonName}\``).join(', ')}.`;
  return {
    name: path.map(({ jsonName }) => jsonName).join('.'),
    in: 'query',
    ...described([description ?? '', choice]),
    // A field inside a message that may be absent is required only together with its siblings.
    ...(path.length === 1 && scope.required(field.parent).has(field) && { required: true }),
    ...(deprecated !== undefined && { deprecated }),
    schema,
  };
}
