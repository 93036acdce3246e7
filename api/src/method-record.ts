import type { DescMethod, Registry } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import type { DurableContract } from '@busline/bus';
import type { Upstream } from './edge-bus.ts';
import type { MethodNotes, ServerSentForm } from './local/local-service.ts';
import type { MethodPolicy } from './policies/method-policy.ts';
import type { JsonCodec } from './transcode/json-codec.ts';

/** What the edge knows of a method before it is called, worked out once per contract. */
export interface MethodRecord {
  readonly desc: DescMethod;
  /** Full name of the service, `orders.v1.OrderService`. */
  readonly service: string;
  readonly method: string;
  /** `orders.v1.OrderService/PlaceOrder`, as telemetry names it. */
  readonly name: string;
  /** Path of the procedure in the RPC protocols: `/orders.v1.OrderService/PlaceOrder`. */
  readonly procedure: string;
  /** Whether a call that may have run can be tried again. */
  readonly idempotent: boolean;
  readonly noSideEffects: boolean;
  /** Whether some versions of the service lack it: nobody may serve it while others are there. */
  readonly partial: boolean;
  /** What is asked of callers, and granted to them. */
  readonly policy: MethodPolicy;
  readonly registry: Registry;
  readonly json: JsonCodec;
  /** Who answers, where it is not the bus. */
  readonly upstream: Upstream | undefined;
  /** How its messages look as server-sent events, where they have names and ids. */
  readonly serverSent: ServerSentForm | undefined;
  readonly notes: MethodNotes | undefined;
  /** How its calls are kept, where they are stored before they are run. */
  readonly durable: DurableContract | undefined;
}

/** What a record holds besides what its descriptor says. */
export interface MethodContext {
  readonly policy: MethodPolicy;
  readonly registry: Registry;
  readonly json: JsonCodec;
  readonly partial?: boolean | undefined;
  readonly upstream?: Upstream | undefined;
  readonly serverSent?: ServerSentForm | undefined;
  readonly notes?: MethodNotes | undefined;
  readonly durable?: DurableContract | undefined;
}

export function methodRecord(desc: DescMethod, context: MethodContext): MethodRecord {
  const { policy, registry, json, partial = false, upstream, serverSent, notes, durable } = context;
  const service = desc.parent.typeName;
  const name = `${service}/${desc.name}`;
  return {
    desc,
    service,
    method: desc.name,
    name,
    procedure: `/${name}`,
    idempotent: desc.idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN,
    noSideEffects: desc.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
    partial,
    policy,
    registry,
    json,
    upstream,
    serverSent,
    notes,
    durable,
  };
}
