import type { UnaryReply } from '@busline/bus';
import type { EdgeResponse, Exchange } from '../exchange.ts';
import type { MethodRecord } from '../method-record.ts';

/** Name and value of a metadata field, the name in lower case. */
export type MetadataField = readonly [name: string, value: string];

/** A call as every protocol gives it to the bus. */
export interface ProtocolCall {
  /** The request message in the binary format. */
  readonly message: Uint8Array;
  readonly metadata: readonly MetadataField[];
  /** The deadline the caller asked for, in milliseconds. */
  readonly timeoutMs: number | undefined;
}

/** What a path led to. */
export interface CallTarget {
  readonly record: MethodRecord;
}

/**
 * How calls look in HTTP: one translation each way between HTTP and the neutral model.
 *
 * @typeParam Target what the path led to
 * @typeParam Call the protocol's call, with what its answer depends on
 */
export interface Protocol<Target extends CallTarget, Call extends ProtocolCall> {
  readonly name: string;
  readCall(exchange: Exchange, target: Target): Promise<Call>;
  writeReply(exchange: Exchange, call: Call, reply: UnaryReply): Promise<EdgeResponse>;
  /** @param target undefined when the path led nowhere */
  writeError(exchange: Exchange, error: unknown, target: Target | undefined): EdgeResponse;
}
