import { create, toBinary } from '@bufbuild/protobuf';
import { StatusSchema } from '@busline/schemas/google/rpc/status';
import type { ConnectError } from '@connectrpc/connect';
import type { MethodRecord } from '../../method-record.ts';
import { callerDetails } from '../failure.ts';

/** The fields that say how a call ended (PROTOCOL-HTTP2, "Trailers"). */
export function statusFields(
  error: ConnectError | undefined,
  record: MethodRecord | undefined,
): Record<string, string> {
  if (error === undefined) return { 'grpc-status': '0' };
  const fields: Record<string, string> = { 'grpc-status': String(error.code) };
  if (error.rawMessage !== '') fields['grpc-message'] = percentEncode(error.rawMessage);
  const details = callerDetails(error, record?.registry);
  if (details.length === 0) return fields;
  const status = create(StatusSchema, {
    code: error.code,
    message: error.rawMessage,
    details: details.map(({ typeName, value }) => ({ typeUrl: `type.googleapis.com/${typeName}`, value })),
  });
  fields['grpc-status-details-bin'] = Buffer.from(toBinary(StatusSchema, status))
    .toString('base64')
    .replace(/=+$/, '');
  return fields;
}

/** Printable ASCII but `%` stands for itself, every other byte of the UTF-8 form is escaped ("Percent-Encoded"). */
export function percentEncode(text: string): string {
  if (plain.test(text)) return text;
  let encoded = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    encoded +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

const plain = /^[ -$&-~]*$/;
