import type { DeadLetterReason } from '@busline/schemas/busline/deadletters/v1/deadletters';
import type { Delivery } from '../consume/delivery.ts';

/** An event that its consumer gives up on. */
export interface FailedEvent {
  readonly consumer: string;
  readonly type: string;
  readonly subject: string;
  readonly delivery: Delivery;
  readonly head: Uint8Array | undefined;
  readonly body: Uint8Array;
  readonly reason: DeadLetterReason;
  /** What was thrown last; undefined where nothing was reported. */
  readonly error: unknown;
}

/** Keeps what could not be handled. */
export interface DeadLetterSink {
  /** Resolves once it is stored; storing it twice makes one dead letter. */
  store(failed: FailedEvent): Promise<void>;
}
