import type { Dispatcher } from '../dispatch.ts';
import type { Stage } from './stages.ts';

/** Finds the method that a request means, so that the stages behind know whom they let in, and to what. */
export const findMethod =
  (dispatcher: Dispatcher): Stage =>
  (exchange) => {
    exchange.routed = dispatcher.route(exchange);
  };
