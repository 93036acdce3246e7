import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';

/**
 * Whether a message type, with all that can be within it, is for our own codec. Left to protobuf-es are the few kinds of
 * field whose value in a message is not what the wire holds: wrappers (a bare value), Struct (JSON), 64-bit numbers as
 * text, maps whose keys are not texts, and groups, whose encoding has no length.
 */
export function isPlain(type: DescMessage): boolean {
  const seen = new Set<DescMessage>();
  const visit = (message: DescMessage): boolean => {
    if (seen.has(message)) return true;
    seen.add(message);
    return message.fields.every(
      (field) => isPlainField(field) && (field.message === undefined || visit(field.message)),
    );
  };
  return visit(type);
}

function isPlainField(field: DescField): boolean {
  if ('longAsString' in field && field.longAsString) return false;
  if ('delimitedEncoding' in field && field.delimitedEncoding) return false;
  if (field.fieldKind === 'map' && field.mapKey !== ScalarType.STRING) return false;
  if (field.message === undefined) return true;
  if (field.message.typeName === 'google.protobuf.Struct')
    return field.parent.typeName === 'google.protobuf.Value';
  return !(field.fieldKind === 'message' && field.oneof === undefined && isWrapperDesc(field.message));
}
