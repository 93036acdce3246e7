import { expect, it } from 'vitest';
import { edgeAccess } from './edge-access.ts';

it.each([
  [{}, true, { EDGE_ACCESS: 'open' }],
  [{ EDGE_ACCESS: '', EDGE_CONFIG: '' }, true, { EDGE_ACCESS: 'open' }],
  [{ EDGE_CONFIG: 'edge.json' }, false, {}],
  [{ EDGE_ACCESS: 'authenticated' }, false, {}],
  [{ EDGE_ACCESS: 'open', EDGE_CONFIG: 'edge.json' }, true, {}],
])('with %j the edge is open: %j', (environment, isOpen, env) => {
  expect(edgeAccess(environment)).toEqual({ isOpen, env });
});
