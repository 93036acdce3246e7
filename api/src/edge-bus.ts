import type { Bus, Catalog } from '@busline/bus';

/** Who answers calls: the bus, or a service that the edge runs itself. Messages are in the binary format. */
export type Upstream = Pick<Bus, 'callUnary' | 'openStream'>;

/** What the edge needs of the bus. A whole `Bus` is one. */
export type EdgeBus = Upstream &
  Pick<
    Bus,
    | 'instance'
    | 'state'
    | 'served'
    | 'operations'
    | 'prepareEvent'
    | 'publishPrepared'
    | 'readEvents'
    | 'telemetry'
  >;

export type { Catalog };
