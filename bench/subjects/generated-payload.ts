/** What every message of a generated stream holds; known to both sides, so that the caller can check it. */
export function generatedPayload(payloadBytes: number): Uint8Array {
  return Uint8Array.from({ length: payloadBytes }, (_, index) => (index * 31 + 7) % 251);
}
