import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type HttpBody, HttpBodySchema } from '@busline/schemas/google/api/httpbody';
import { tag } from './wire-format.ts';

/** Whether bodies of this type are raw bytes with a content type of their own (google/api/httpbody.proto). */
export function isHttpBody(desc: DescMessage): boolean {
  return desc.typeName === HttpBodySchema.typeName;
}

export function isHttpBodyField(field: DescField | undefined): boolean {
  return field?.fieldKind === 'message' && isHttpBody(field.message);
}

/** Writes the fields of a HttpBody. */
export function writeHttpBody(writer: BinaryWriter, body: Pick<HttpBody, 'contentType' | 'data'>): void {
  const { contentType, data } = HttpBodySchema.field;
  writer.uint32(tag(contentType.number, WireType.LengthDelimited)).string(body.contentType);
  writer.uint32(tag(data.number, WireType.LengthDelimited)).bytes(body.data);
}
