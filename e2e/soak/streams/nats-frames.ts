/** One unit of the NATS client protocol, either way: a control line and, for messages, their payload. */
export interface NatsFrame {
  /** As it came, line ends included. */
  readonly bytes: Buffer;
  /** Subject of a `PUB`, `HPUB`, `MSG` or `HMSG`; undefined for everything else (`INFO`, `SUB`, `PING`, …). */
  readonly subject: string | undefined;
}

export interface NatsFrameReader {
  /** Takes the next bytes, cut anywhere. Returns the frames they complete. */
  push(chunk: Buffer): NatsFrame[];
}

const lineEnd = Buffer.from('\r\n');
const withPayload = new Set(['PUB', 'HPUB', 'MSG', 'HMSG']);

/** Cuts a byte stream into frames, so that whole messages can be lost, repeated and moved. */
export function createNatsFrameReader(): NatsFrameReader {
  let held: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const frames: NatsFrame[] = [];
      let at = 0;
      for (;;) {
        const end = bytes.indexOf(lineEnd, at);
        if (end < 0) break;
        const tokens = bytes.toString('latin1', at, end).split(/[ \t]+/);
        const carries = withPayload.has((tokens[0] as string).toUpperCase());
        // The last number of the line is the size of header and body together.
        const size = end + 2 + (carries ? Number(tokens.at(-1)) + 2 : 0);
        if (size > bytes.length) break;
        frames.push({ bytes: bytes.subarray(at, size), subject: carries ? tokens[1] : undefined });
        at = size;
      }
      held = bytes.subarray(at);
      return frames;
    },
  };
}
