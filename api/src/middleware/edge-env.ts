import type { Http2Bindings, HttpBindings } from '@hono/node-server';
import type { Exchange } from '../exchange.ts';

/** What Hono's context carries in the edge. Bindings are missing where no server stands behind it, as in tests. */
export interface EdgeEnv {
  Bindings: HttpBindings | Http2Bindings | Record<'incoming' | 'outgoing', undefined>;
  Variables: { exchange: Exchange };
}
