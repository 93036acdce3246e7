import type { DescField } from '@bufbuild/protobuf';
import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { HttpBinding } from './http-rule.ts';
import type { MessageReader } from './json-reader.ts';
import { isJsonObject, type Json } from './json-value.ts';
import { hasOwnJsonForm } from './json-well-known.ts';
import { tag } from './wire-format.ts';

/**
 * The field mask that a PATCH fills from its body when the caller gives none (as grpc-gateway does, after AIP-134):
 * the one FieldMask of the request, where the body is a message field. Undefined for every other binding.
 */
export function patchMaskField(binding: HttpBinding): DescField | undefined {
  if (binding.httpMethod !== 'PATCH' || binding.body.kind !== 'field') return undefined;
  if (binding.body.field.fieldKind !== 'message') return undefined;
  const masks = binding.method.input.fields.filter(
    (field) => field.message?.typeName === 'google.protobuf.FieldMask',
  );
  const [mask] = masks;
  return masks.length === 1 && mask?.fieldKind === 'message' ? mask : undefined;
}

/**
 * Writes a mask of every field the body names, down to its leaves, in proto names. A field given as null is named
 * too: that is how a PATCH clears it.
 */
export function writeMaskOf(body: Json, mask: MaskTarget, writer: BinaryWriter): void {
  const paths = leafPaths(body, mask.reader, mask.readerOf);
  if (paths.length === 0) return;
  writer.uint32(tag(mask.field.number, WireType.LengthDelimited)).fork();
  for (const path of paths) writer.uint32(tag(1, WireType.LengthDelimited)).string(path);
  writer.join();
}

export interface MaskTarget {
  readonly field: DescField;
  /** Reader of the body's message. */
  readonly reader: MessageReader;
  readonly readerOf: (desc: MessageReader['desc']) => MessageReader;
}

function leafPaths(json: Json, reader: MessageReader, readerOf: MaskTarget['readerOf']): string[] {
  if (!isJsonObject(json)) return [];
  return Object.entries(json).flatMap(([key, value]) => {
    const field = reader.fields.get(key)?.desc;
    if (field === undefined) return [];
    const isMessage = field.fieldKind === 'message' && !hasOwnJsonForm(field.message);
    const inner = isMessage ? leafPaths(value, readerOf(field.message), readerOf) : [];
    return inner.length === 0 ? [field.name] : inner.map((path) => `${field.name}.${path}`);
  });
}
