import { clone, type DescField, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';

/**
 * A message as it may be shown: without what its contract marks with `debug_redact`, at any depth, and without fields that
 * the contract does not know: nobody can tell whether those may be shown. What is packed into an `Any` is not looked at. The
 * message itself stays as it is.
 */
export function redacted<D extends DescMessage>(schema: D, message: MessageShape<D>): MessageShape<D> {
  const shown = clone(schema, message);
  redact(reflect(schema, shown));
  return shown;
}

/**
 * A message that was shown with `redacted`, changed, and given back: what was left out comes from the original. In lists the
 * messages of the same place belong together, in maps those of the same key.
 */
export function unredacted<D extends DescMessage>(
  schema: D,
  edited: MessageShape<D>,
  original: MessageShape<D>,
): MessageShape<D> {
  const whole = clone(schema, edited);
  restore(reflect(schema, whole), reflect(schema, clone(schema, original)));
  return whole;
}

function redact(message: ReflectMessage): void {
  message.setUnknown([]);
  for (const field of message.desc.fields) {
    if (!message.isSet(field)) continue;
    if (isSecret(field)) {
      message.clear(field);
      continue;
    }
    for (const [, within] of messagesIn(message, field)) {
      redact(within);
      if (field.fieldKind === 'message') message.set(field, within);
    }
  }
}

function restore(edited: ReflectMessage, original: ReflectMessage): void {
  for (const field of edited.desc.fields) {
    if (!original.isSet(field)) continue;
    if (isSecret(field)) {
      if (!edited.isSet(field)) edited.set(field, original.get(field));
      continue;
    }
    if (!edited.isSet(field)) continue;
    const originals = new Map(messagesIn(original, field));
    for (const [place, within] of messagesIn(edited, field)) {
      const before = originals.get(place);
      if (before === undefined) continue;
      restore(within, before);
      if (field.fieldKind === 'message') edited.set(field, within);
    }
  }
}

/** The messages of a field, by their place: of a list the index, of a map the key. */
function* messagesIn(
  message: ReflectMessage,
  field: DescField,
): Iterable<readonly [place: unknown, within: ReflectMessage]> {
  if (field.fieldKind === 'message') {
    yield ['', message.get(field)];
  } else if (field.fieldKind === 'list' && field.listKind === 'message') {
    let index = 0;
    for (const within of message.get(field)) yield [index++, within as ReflectMessage];
  } else if (field.fieldKind === 'map' && field.mapKind === 'message') {
    for (const [key, within] of message.get(field)) yield [key, within as ReflectMessage];
  }
}

function isSecret(field: DescField): boolean {
  return field.proto.options?.debugRedact === true;
}
