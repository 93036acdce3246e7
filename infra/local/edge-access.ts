/** Whom the edge of the stack lets in. */
export interface EdgeAccess {
  /** Whether anybody on this machine may call every method, without credentials. */
  readonly isOpen: boolean;
  /** What the edge is told of it. */
  readonly env: { readonly EDGE_ACCESS?: string };
}

/**
 * Without settings of its own the edge is open: it listens on loopback only, and a first call should not need a token.
 * `EDGE_CONFIG` or `EDGE_ACCESS` put it under the rules of any other edge.
 */
export function edgeAccess(environment: NodeJS.ProcessEnv): EdgeAccess {
  if (environment.EDGE_ACCESS) return { isOpen: environment.EDGE_ACCESS.startsWith('open'), env: {} };
  if (environment.EDGE_CONFIG) return { isOpen: false, env: {} };
  return { isOpen: true, env: { EDGE_ACCESS: 'open' } };
}
