import { type Environment, readSwitch } from '../environment.ts';
import type { DocumentSecurity } from '../openapi/security.ts';

/** What the edge says about itself to people and tools. */
export interface DocsOptions {
  /** Title of the OpenAPI document and the pages. */
  readonly title: string;
  /**
   * Version of the API. Default: a digest of the contracts, which changes when one of them does.
   */
  readonly version?: string | undefined;
  /** Default: as the edge's policies say. */
  readonly security?: DocumentSecurity | undefined;
}

export const defaultDocs: DocsOptions = { title: 'Busline' };

/**
 * Reads `DOCS`, `API_TITLE` and `API_VERSION`.
 *
 * @throws TypeError naming the variable
 */
export function readDocs(env: Environment): DocsOptions | 'off' {
  const { API_TITLE: title = '', API_VERSION: version = '' } = env;
  if (!readSwitch(env, 'DOCS')) return 'off';
  return { title: title || defaultDocs.title, ...(version !== '' && { version }) };
}

/** Where the pages are; no service can have these paths. `*` stands for all below. */
export const docsPaths = [
  '/openapi.json',
  '/docs',
  '/docs/*',
  '/protos',
  '/protos/*',
  '/protos.tar.gz',
] as const;
