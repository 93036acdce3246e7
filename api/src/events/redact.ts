import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';

/**
 * Takes out of a message whatever its contract marks with `debug_redact`, and fields that the contract does not know:
 * nobody can tell whether those are to be kept in. What is packed into an `Any` is not looked at.
 */
export function redact(schema: DescMessage, message: Message): void {
  redactReflected(reflect(schema, message));
}

function redactReflected(message: ReflectMessage): void {
  message.setUnknown([]);
  for (const field of message.desc.fields) {
    if (!message.isSet(field)) continue;
    if (field.proto.options?.debugRedact === true) message.clear(field);
    else redactWithin(message, field);
  }
}

function redactWithin(message: ReflectMessage, field: DescField): void {
  if (field.fieldKind === 'message') {
    const inner = message.get(field);
    redactReflected(inner);
    message.set(field, inner);
  } else if (field.fieldKind === 'list' && field.listKind === 'message') {
    for (const item of message.get(field)) redactReflected(item as ReflectMessage);
  } else if (field.fieldKind === 'map' && field.mapKind === 'message') {
    for (const value of message.get(field).values()) redactReflected(value as ReflectMessage);
  }
}
