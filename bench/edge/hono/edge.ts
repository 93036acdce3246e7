// Hono alone on PORT, on the adapter that our edge uses: what HTTP and JSON cost without anything behind them.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const app = new Hono().post('/v1/notes', async (c) => {
  const { id, text, priority } = await c.req.json();
  return c.json({ id, text, priority });
});
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' });
