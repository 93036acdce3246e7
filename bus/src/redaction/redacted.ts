import {
  clone,
  type DescField,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageShape,
  type Registry,
  toBinary,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { typesOfFile } from './types-of-file.ts';

const anyTypeName = AnySchema.typeName;

/** Levels of `Any` within `Any` that are looked into; without a limit, a forged event would exhaust the stack of who shows it. */
const maxPacked = 16;

/**
 * A message as it may be shown: without what its contract marks with `debug_redact`, at any depth, and without fields that
 * the contract does not know: nobody can tell whether those may be shown. For the same reason an `Any` keeps its content
 * only where `registry` has its type, and its type alone where not. The message itself stays as it is.
 *
 * @param registry Types of what `Any` holds. Default: all that the contract's file and what it imports define.
 */
export function redacted<D extends DescMessage>(
  schema: D,
  message: MessageShape<D>,
  registry: Registry = typesOfFile(schema.file),
): MessageShape<D> {
  const shown = clone(schema, message);
  redact(reflect(schema, shown), registry, maxPacked);
  return shown;
}

/**
 * A message that was shown with `redacted`, changed, and given back: what was left out comes from the original. In lists the
 * messages of the same place belong together, in maps those of the same key, and of an `Any` those of the same type.
 */
export function unredacted<D extends DescMessage>(
  schema: D,
  edited: MessageShape<D>,
  original: MessageShape<D>,
  registry: Registry = typesOfFile(schema.file),
): MessageShape<D> {
  const whole = clone(schema, edited);
  restore(reflect(schema, whole), reflect(schema, clone(schema, original)), registry, maxPacked);
  return whole;
}

function redact(message: ReflectMessage, registry: Registry, leftPacked: number): void {
  message.setUnknown([]);
  if (message.desc.typeName === anyTypeName) {
    redactPacked(message.message as Any, registry, leftPacked);
    return;
  }
  for (const field of message.desc.fields) {
    if (!message.isSet(field)) continue;
    if (isSecret(field)) {
      message.clear(field);
      continue;
    }
    for (const [, within] of messagesIn(message, field)) {
      redact(within, registry, leftPacked);
      if (field.fieldKind === 'message') message.set(field, within);
    }
  }
}

function redactPacked(any: Any, registry: Registry, leftPacked: number): void {
  const { schema, message } = (leftPacked > 0 && unpacked(any, registry)) || {};
  if (schema === undefined || message === undefined) {
    any.value = new Uint8Array();
    return;
  }
  redact(reflect(schema, message), registry, leftPacked - 1);
  any.value = toBinary(schema, message);
}

function restore(
  edited: ReflectMessage,
  original: ReflectMessage,
  registry: Registry,
  leftPacked: number,
): void {
  if (edited.desc.typeName === anyTypeName) {
    restorePacked(edited.message as Any, original.message as Any, registry, leftPacked);
    return;
  }
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
      restore(within, before, registry, leftPacked);
      if (field.fieldKind === 'message') edited.set(field, within);
    }
  }
}

function restorePacked(edited: Any, original: Any, registry: Registry, leftPacked: number): void {
  if (edited.typeUrl !== original.typeUrl) return;
  const now = leftPacked > 0 ? unpacked(edited, registry) : undefined;
  const before = unpacked(original, registry);
  if (now !== undefined && before !== undefined) {
    restore(
      reflect(now.schema, now.message),
      reflect(before.schema, before.message),
      registry,
      leftPacked - 1,
    );
    edited.value = toBinary(now.schema, now.message);
  } else if (edited.value.length === 0) {
    // Nobody could see it, so nobody has changed it.
    edited.value = original.value;
  }
}

/** Undefined for a type that the registry does not have, and for bytes that are none of it. */
function unpacked(any: Any, registry: Registry): { schema: DescMessage; message: Message } | undefined {
  const schema = registry.getMessage(any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1));
  if (schema === undefined) return undefined;
  try {
    return { schema, message: fromBinary(schema, any.value) };
  } catch {
    return undefined;
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
