import { type BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { tag } from './wire-format.ts';

const secondsTag = tag(1, WireType.Varint);
const nanosTag = tag(2, WireType.Varint);

const minTimestampSeconds = Date.parse('0001-01-01T00:00:00Z') / 1000;
const maxTimestampSeconds = Date.parse('9999-12-31T23:59:59Z') / 1000;
const maxDurationSeconds = 315_576_000_000;

/**
 * Reads a google.protobuf.Timestamp that ends at `end` as RFC 3339 text. Undefined, and the reader anywhere, when it
 * is out of its range or has fields of its own.
 */
export function readTimestamp(reader: BinaryReader, end: number): string | undefined {
  const time = readSecondsAndNanos(reader, end);
  if (time === undefined) return undefined;
  const { seconds, nanos } = time;
  if (seconds < minTimestampSeconds || seconds > maxTimestampSeconds || nanos < 0) return undefined;
  // Without its ".000Z".
  const dateTime = new Date(seconds * 1000).toISOString().slice(0, -5);
  return `${dateTime}${fractionText(nanos)}Z`;
}

/** Reads a google.protobuf.Duration in the same way, as `1.500s`. */
export function readDuration(reader: BinaryReader, end: number): string | undefined {
  const time = readSecondsAndNanos(reader, end);
  if (time === undefined) return undefined;
  const { seconds, nanos } = time;
  if (Math.abs(seconds) > maxDurationSeconds || seconds * nanos < 0) return undefined;
  const sign = seconds < 0 || nanos < 0 ? '-' : '';
  return `${sign}${Math.abs(seconds)}${fractionText(Math.abs(nanos))}s`;
}

function readSecondsAndNanos(
  reader: BinaryReader,
  end: number,
): { seconds: number; nanos: number } | undefined {
  let seconds = 0;
  let nanos = 0;
  while (reader.pos < end) {
    const found = reader.uint32();
    if (found === secondsTag) seconds = Number(reader.int64());
    else if (found === nanosTag) nanos = reader.int32();
    else return undefined;
  }
  return reader.pos === end && Math.abs(nanos) <= 999_999_999 ? { seconds, nanos } : undefined;
}

/** 0, 3, 6 or 9 digits, as many as are needed (ProtoJSON). */
function fractionText(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  if (nanos % 1_000_000 === 0) return `.${digits.slice(0, 3)}`;
  return nanos % 1000 === 0 ? `.${digits.slice(0, 6)}` : `.${digits}`;
}
