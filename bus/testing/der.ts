/**
 * The few forms of ASN.1's Distinguished Encoding Rules (ITU-T X.690) that a certificate is made of. A value is
 * one tag byte, its length, and its content.
 */
export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.of(tag), encodeLength(body.length), body]);
}

/** Lengths from 128 on are preceded by the number of bytes they take, X.690 section 8.1.3. */
function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Buffer.of(0x80 | bytes.length, ...bytes);
}

export function derSequence(...items: readonly Uint8Array[]): Buffer {
  return der(0x30, ...items);
}

/** An object identifier, X.690 section 8.19: two arcs in the first byte, then seven bits per byte. */
export function derObjectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let value = Math.floor(arc / 128); value > 0; value = Math.floor(value / 128)) {
      groups.unshift((value & 0x7f) | 0x80);
    }
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

/** A positive integer; a leading zero byte keeps the sign bit clear. */
export function derInteger(magnitude: Uint8Array): Buffer {
  return der(0x02, ((magnitude[0] ?? 0) & 0x80) === 0 ? magnitude : Buffer.concat([Buffer.of(0), magnitude]));
}

/** Whole bytes only. */
export function derBitString(content: Uint8Array): Buffer {
  return der(0x03, Buffer.of(0), content);
}

export function derOctetString(content: Uint8Array): Buffer {
  return der(0x04, content);
}

export function derUtf8(text: string): Buffer {
  return der(0x0c, Buffer.from(text, 'utf8'));
}

/** UTCTime, good until 2049: `YYMMDDHHMMSSZ`. */
export function derTime(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`, 'latin1'));
}

export const derTrue: Buffer = der(0x01, Buffer.of(0xff));
