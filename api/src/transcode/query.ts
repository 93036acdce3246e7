import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import { FieldViolation, shorten, within } from './field-violation.ts';
import type { FieldReader, MessageReader } from './json-reader.ts';
import { hasOwnJsonForm } from './json-well-known.ts';
import { hasTextForm, type TextField, textField } from './text-field.ts';
import { maxMessageDepth } from './wire-format.ts';

/** What the query of one binding may and may not say. */
export interface QueryRules {
  readonly input: DescMessage;
  readonly readerOf: (desc: DescMessage) => MessageReader;
  /** Fields the path or the body gives, each from the request down. */
  readonly taken: readonly (readonly DescField[])[];
  /** Whether a parameter that names no field is passed over instead of refused. */
  readonly ignoreUnknown: boolean;
}

/**
 * Writes the fields a query gives (google/api/http.proto, "Query parameters"): dotted paths of JSON or proto names,
 * a repeated key for a repeated field, values in their JSON string form. `+` is a space, as HTML forms send it.
 *
 * @param query as on the request line, without `?`
 * @returns the top-level fields that were given
 * @throws FieldViolation with the parameter's name as path
 */
export function writeQuery(query: string, rules: QueryRules, writer: BinaryWriter): ReadonlySet<DescField> {
  const given = new Set<DescField>();
  if (query === '') return given;
  /** What each parameter that must not come twice was called. */
  const names = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeParameter(equals < 0 ? pair : pair.slice(0, equals), 'a parameter name');
    try {
      const field = findField(name, rules);
      if (field === undefined) continue;
      refuseTwice(name, field, names);
      field.write(decodeParameter(equals < 0 ? '' : pair.slice(equals + 1), 'the value'), writer);
      given.add(field.fields[0] as DescField);
    } catch (error) {
      throw within(shorten(name), error);
    }
  }
  return given;
}

function findField(name: string, rules: QueryRules): TextField | undefined {
  const readers: FieldReader[] = [];
  let message: DescMessage | undefined = rules.input;
  for (const step of name.split('.', maxMessageDepth)) {
    const reader: FieldReader | undefined = message && rules.readerOf(message).fields.get(step);
    if (reader === undefined) {
      if (rules.ignoreUnknown) return undefined;
      throw new FieldViolation('there is no such parameter');
    }
    readers.push(reader);
    const desc: DescField = reader.desc;
    message = desc.fieldKind === 'message' && !hasOwnJsonForm(desc.message) ? desc.message : undefined;
  }
  const fields = readers.map((reader) => reader.desc);
  const last = fields.at(-1) as DescField;
  if (!hasTextForm(last)) throw new FieldViolation(whyNoTextForm(last, name));
  if (rules.taken.some((path) => path.every((field, index) => field === fields[index]))) {
    throw new FieldViolation('is given by the path or the body, so it cannot be a parameter');
  }
  return textField(readers);
}

function whyNoTextForm(field: DescField, name: string): string {
  if (field.fieldKind === 'message') {
    const example = field.message.fields[0];
    return example === undefined || hasOwnJsonForm(field.message)
      ? 'is a message without a text form, so it cannot be a parameter'
      : `is a message; name one of its fields, such as ${shorten(name)}.${example.jsonName}`;
  }
  return `is a ${field.fieldKind === 'map' ? 'map' : 'list of messages'}, which a query cannot express`;
}

/** A singular field is given once, and only one field of a oneof is. */
function refuseTwice(name: string, field: TextField, names: Map<string, string>): void {
  const last = field.fields.at(-1) as DescField;
  if (last.fieldKind === 'list') return;
  const parents = field.fields.slice(0, -1).map((parent) => parent.number);
  const key = [...parents, last.oneof?.name ?? last.number].join('.');
  const other = names.get(key);
  if (other !== undefined) {
    throw new FieldViolation(
      other === name ? 'is given twice and takes one value' : `cannot be given beside "${shorten(other)}"`,
    );
  }
  names.set(key, name);
}

function decodeParameter(raw: string, what: string): string {
  const text = raw.includes('+') ? raw.replaceAll('+', ' ') : raw;
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new FieldViolation(`${what} is not percent-encoded UTF-8`);
  }
}
