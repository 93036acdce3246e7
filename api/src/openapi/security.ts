import type { MethodRecord } from '../method-record.ts';
import type { SecurityRequirement, SecurityScheme } from './openapi-document.ts';

/** How callers prove who they are, as the edge is configured, and what each method asks for. */
export interface DocumentSecurity {
  readonly schemes: Readonly<Record<string, SecurityScheme>>;
  /** Alternatives, any of which will do; none for a method that everybody may call. An empty one makes it optional. */
  requirementsOf(record: MethodRecord): readonly SecurityRequirement[];
}

/** An edge that asks nobody. */
export const openToAll: DocumentSecurity = { schemes: {}, requirementsOf: () => [] };
