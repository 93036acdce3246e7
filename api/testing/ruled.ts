import { readFileSync } from 'node:fs';
import type { FileRegistry } from '@bufbuild/protobuf';
import { buildRegistry } from './build-registry.ts';

/** The descriptors of ruled.proto, with comments: every rule and every mark that OpenAPI has a word for. */
export function loadRuled(): FileRegistry {
  const source = readFileSync(new URL('ruled.proto', import.meta.url), 'utf8');
  return buildRegistry({ 'test/ruled/v1/ruled.proto': source }, { withComments: true });
}
