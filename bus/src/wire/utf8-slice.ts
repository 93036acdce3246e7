/**
 * Node's own decoder for a part of some bytes, called with the bytes as `this`. It makes the string without a
 * Buffer or a TextDecoder call around it.
 */
export const { utf8Slice } = Buffer.prototype as unknown as {
  utf8Slice(this: Uint8Array, start: number, end: number): string;
};
