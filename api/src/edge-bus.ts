import type { Bus, Catalog } from '@busline/bus';

/** What the edge needs of the bus. A whole `Bus` is one. */
export type EdgeBus = Pick<Bus, 'callUnary' | 'state'>;

export type { Catalog };
