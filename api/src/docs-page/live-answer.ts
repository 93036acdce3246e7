import type { LiveRoutes } from '../live-routes.ts';
import type { RouteTable } from '../route-table.ts';
import { type CachedAnswer, type CachedContent, cachedAnswer } from './cached-answer.ts';

/** Answers with what is made from the routes of the moment: made when it is first asked for after they changed. */
export function liveAnswer(routes: LiveRoutes, make: (table: RouteTable) => CachedContent): CachedAnswer {
  let made: { readonly table: RouteTable; readonly answer: CachedAnswer } | undefined;
  return (exchange) => {
    const { table } = routes;
    if (made?.table !== table) made = { table, answer: cachedAnswer(make(table)) };
    return made.answer(exchange);
  };
}
