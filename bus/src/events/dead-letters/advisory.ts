/** What JetStream says when it has delivered a message as often as it may (ADR-15 of NATS). */
export interface ExhaustedAdvisory {
  readonly stream: string;
  readonly durable: string;
  readonly sequence: number;
  readonly deliveries: number;
}

/** Reads an advisory; undefined for anything else. */
export function readAdvisory(body: Uint8Array): ExhaustedAdvisory | undefined {
  let advisory: {
    readonly type?: unknown;
    readonly stream?: unknown;
    readonly consumer?: unknown;
    readonly stream_seq?: unknown;
    readonly deliveries?: unknown;
  };
  try {
    advisory = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
  const { type, stream, consumer, stream_seq: sequence, deliveries } = advisory;
  const isOne =
    type === 'io.nats.jetstream.advisory.v1.max_deliver' &&
    typeof stream === 'string' &&
    typeof consumer === 'string' &&
    typeof sequence === 'number' &&
    typeof deliveries === 'number';
  return isOne ? { stream, durable: consumer, sequence, deliveries } : undefined;
}
