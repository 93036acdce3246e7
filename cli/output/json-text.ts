/** JSON of a value; 64-bit integers are strings, as in protobuf's JSON. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part),
    indent,
  );
}
