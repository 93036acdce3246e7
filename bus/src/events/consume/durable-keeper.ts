import type { Connection } from '../../connection/connection.ts';
import { type DurableSpec, handledBases } from './consumer-group.ts';
import { ensureDurable } from './ensure-durable.ts';

/** Keeps a durable in being, and its place in the stream in mind. */
export interface DurableKeeper {
  readonly spec: DurableSpec;
  /** Bases of the events that some version of the worker handles, as of the last look. */
  readonly handledBases: ReadonlySet<string>;
  /**
   * Makes sure that the durable is there. One that was deleted begins anew where everything before is known to be
   * acknowledged: some events come twice then, and none is passed over.
   */
  ensure(): Promise<DurableState>;
  close(): void;
}

/** Where a durable is. */
export interface DurableState {
  /** Everything up to this place is acknowledged. */
  readonly ackFloor: number;
  /** Last place that was delivered to anybody. */
  readonly deliveredTo: number;
  /** Delivered to anybody, and not acknowledged. */
  readonly unacknowledged: number;
}

/** Time between looks at the durable, in milliseconds: events of this time may come twice after it was deleted. */
const lookEveryMs = 10_000;

export function createDurableKeeper(
  connection: Connection,
  stream: string,
  spec: DurableSpec,
): DurableKeeper {
  let acknowledgedTo: number | undefined;
  let bases: ReadonlySet<string> = new Set(spec.bases);

  const ensure = async (): Promise<DurableState> => {
    const { info, created } = await ensureDurable(connection, stream, {
      wanted: spec,
      resumeAfter: acknowledgedTo,
    });
    if (created && acknowledgedTo !== undefined) {
      connection.log.warn(
        { stream, durable: spec.name, acknowledgedTo },
        'a consumer was gone and is made anew',
      );
    }
    acknowledgedTo = info.ack_floor.stream_seq;
    bases = new Set(handledBases(info.config));
    return {
      ackFloor: info.ack_floor.stream_seq,
      deliveredTo: info.delivered.stream_seq,
      unacknowledged: info.num_ack_pending,
    };
  };
  const look = setInterval(() => {
    if (connection.state !== 'connected') return;
    ensure().catch((error: unknown) =>
      connection.log.debug({ err: error, stream, durable: spec.name }, 'a consumer could not be looked at'),
    );
  }, lookEveryMs);

  return {
    spec,
    get handledBases() {
      return bases;
    },
    ensure,
    close: () => clearInterval(look),
  };
}
