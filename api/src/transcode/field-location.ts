import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { HttpBinding } from './http-rule.ts';

/** Where in the HTTP request a field of the message was given: in the body, or as a path or query parameter. */
export type FieldLocation =
  | { /** JSON pointer into the body, as a URI fragment (RFC 6901, section 6). */ readonly pointer: string }
  | { readonly parameter: string };

/**
 * Finds where a client gave the field that a `google.rpc.BadRequest` names (`lines[2].unit_price`), in the terms of
 * the request it sent: JSON names, and the pointer starts at the body.
 *
 * @param binding undefined for a request whose whole body is the message
 */
export function locateField(field: string, binding: HttpBinding | undefined): FieldLocation {
  const steps = field.match(stepPattern) ?? [];
  const { names, fields } = jsonNames(steps, binding?.method.input);
  if (binding === undefined || steps.length === 0) return pointerTo(names);
  const bound = binding.variables.find((variable) =>
    variable.fields.every((part, index) => part === fields[index]),
  );
  if (bound !== undefined) return { parameter: bound.variable.fieldPath.join('.') };
  switch (binding.body.kind) {
    case 'all':
      return pointerTo(names);
    case 'none':
      return parameterOf(names, steps);
    case 'field':
      return fields[0] === binding.body.field ? pointerTo(names.slice(1)) : parameterOf(names, steps);
  }
}

/** Names, and what stands in brackets. */
const stepPattern = /[^.[\]]+|\["(?:[^"\\]|\\.)*"\]|\[[^\]]*\]/g;

function jsonNames(
  steps: readonly string[],
  input: DescMessage | undefined,
): { names: string[]; fields: DescField[] } {
  let message = input;
  const fields: DescField[] = [];
  const names = steps.map((step) => {
    if (step.startsWith('[')) return bracketed(step);
    const field = message?.fields.find((candidate) => candidate.name === step || candidate.jsonName === step);
    if (field !== undefined) fields.push(field);
    message = field?.message;
    return field?.jsonName ?? step;
  });
  return { names, fields };
}

function bracketed(step: string): string {
  const inner = step.slice(1, -1);
  try {
    return inner.startsWith('"') ? String(JSON.parse(inner)) : inner;
  } catch {
    return inner;
  }
}

/** A list is given by repeating its parameter, so indexes have no place in the name. */
function parameterOf(names: readonly string[], steps: readonly string[]): FieldLocation {
  return { parameter: names.filter((_, index) => !steps[index]?.startsWith('[')).join('.') };
}

function pointerTo(names: readonly string[]): FieldLocation {
  const tokens = names.map(
    (name) => `/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`,
  );
  return { pointer: `#${tokens.join('')}` };
}
