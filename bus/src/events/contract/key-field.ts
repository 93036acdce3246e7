import { type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';

/** Reads the key of an event; undefined where a message on the way to it is absent, or the key itself is empty. */
export type KeyReader = (event: Message) => string | undefined;

/**
 * Finds the field named by the `key` option of an event.
 *
 * @throws TypeError naming the part of the path that is no field, or cannot be a key.
 */
export function keyReader(schema: DescMessage, path: string): KeyReader {
  const fields: DescField[] = [];
  let current: DescMessage | undefined = schema;
  for (const name of path.split('.')) {
    if (current === undefined)
      throw new TypeError(`${where(schema, path)}: "${name}" is below a field without fields`);
    const field: DescField | undefined = current.fields.find((candidate) => candidate.name === name);
    if (field === undefined)
      throw new TypeError(`${where(schema, path)}: ${current.typeName} has no field "${name}"`);
    fields.push(field);
    current = field.fieldKind === 'message' ? field.message : undefined;
  }
  const last = fields.at(-1) as DescField;
  if (!canBeKey(last)) {
    throw new TypeError(
      `${where(schema, path)}: a key must be a singular string, integer, bool or enum field, and ${last} is none`,
    );
  }
  return (event) => {
    let value: unknown = event;
    for (const field of fields) {
      if (value === undefined) return undefined;
      value = fieldValue(value as Readonly<Record<string, unknown>>, field);
    }
    return value === undefined || value === '' ? undefined : String(value);
  };
}

function fieldValue(message: Readonly<Record<string, unknown>>, field: DescField): unknown {
  if (field.oneof === undefined) return message[field.localName];
  const chosen = message[field.oneof.localName] as { readonly case?: string; readonly value?: unknown };
  return chosen.case === field.localName ? chosen.value : undefined;
}

function canBeKey(field: DescField): boolean {
  if (field.fieldKind === 'enum') return true;
  if (field.fieldKind !== 'scalar') return false;
  return ![ScalarType.DOUBLE, ScalarType.FLOAT, ScalarType.BYTES].includes(field.scalar);
}

function where(schema: DescMessage, path: string): string {
  return `event ${schema.typeName}, key "${path}"`;
}
