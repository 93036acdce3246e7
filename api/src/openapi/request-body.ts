import { patchMaskField } from '../transcode/field-mask.ts';
import { isHttpBody, isHttpBodyField } from '../transcode/http-body.ts';
import type { HttpBinding } from '../transcode/http-rule.ts';
import { hasOwnJsonForm } from '../transcode/json-well-known.ts';
import { commentOf } from './comments.ts';
import { fieldSchema } from './field-schema.ts';
import { messageSchema } from './message-schema.ts';
import type { Content, RequestBody } from './openapi-document.ts';
import { described } from './prose.ts';
import type { TypeScope } from './type-scope.ts';

/** Bytes of any type, which travel as they are (google.api.HttpBody). */
export const rawContent: Content = {
  'application/octet-stream': {
    schema: { type: 'string', contentMediaType: 'application/octet-stream' },
  },
};

/**
 * The body of a binding; undefined where it takes none.
 *
 * @param bodyTypes which content types a body of any bytes may have, where it is known
 */
export function requestBody(
  binding: HttpBinding,
  { scope, bodyTypes }: { scope: TypeScope; bodyTypes?: readonly string[] | undefined },
): RequestBody | undefined {
  const { body, method } = binding;
  const { input } = method;
  if (body.kind === 'none') return undefined;
  if (body.kind === 'all' ? isHttpBody(input) : isHttpBodyField(body.field)) {
    if (bodyTypes !== undefined) return { required: true, content: typedContent(bodyTypes) };
    return { description: 'Any bytes, with the content type that describes them.', content: rawContent };
  }
  const inPath = binding.variables.map(({ fields }) => fields);
  if (body.kind === 'all') {
    const schema =
      inPath.length === 0 || hasOwnJsonForm(input) ? scope.ref(input) : messageSchema(input, scope, inPath);
    const given = new Set(inPath.map(([first]) => first));
    const isNeeded = [...scope.required(input)].some((field) => !given.has(field));
    return {
      ...described([commentOf(input)]),
      ...(isNeeded && { required: true }),
      content: { 'application/json': { schema } },
    };
  }
  const { field } = body;
  const inside = inPath.filter(([first]) => first === field).map((path) => path.slice(1));
  const isPart = inside.length > 0 && field.fieldKind === 'message';
  const { description = '', ...reference } = fieldSchema(
    field,
    isPart ? { ...scope, ref: () => ({}) } : scope,
  );
  const schema = isPart ? messageSchema(field.message, scope, inside) : reference;
  const mask = patchMaskField(binding);
  const maskNote =
    mask === undefined
      ? ''
      : `Changes the fields that are in the body, unless \`${mask.jsonName}\` names others.`;
  return {
    ...described([description, maskNote]),
    ...(scope.required(input).has(field) && { required: true }),
    content: { 'application/json': { schema } },
  };
}

/** JSON of a form that its content type says, or bytes. */
function typedContent(types: readonly string[]): Content {
  return Object.fromEntries(
    types.map((type) => [
      type,
      {
        schema: /[/+]json$/.test(type)
          ? { type: type.includes('-batch') ? 'array' : 'object' }
          : { type: 'string', contentMediaType: type },
      },
    ]),
  );
}
