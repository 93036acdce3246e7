import type { Stage } from './stages.ts';

/** Bounds the deadline of the call, counted from its arrival. Each protocol reads what its caller asks for. */
export const deadline: Stage = (exchange) => {
  if (exchange.routed !== undefined) exchange.deadline = exchange.routed.record.policy.deadline;
};
