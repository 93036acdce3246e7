import { createRegistry, type DescService, type Registry } from '@bufbuild/protobuf';
import { createServiceImplSpec, type ServiceImpl } from '@connectrpc/connect';
import type { Upstream } from '../edge-bus.ts';
import { localUpstream } from './local-upstream.ts';

/** A service that the edge runs itself, in its own process, by every RPC protocol. */
export interface LocalService {
  readonly desc: DescService;
  /** Every type its messages may hold, for `Any` in JSON. */
  readonly registry: Registry;
  readonly upstream: Upstream;
}

/**
 * Makes a service of its handlers, written as for a worker. Methods without a handler answer UNIMPLEMENTED.
 *
 * @param registry default: the types of the service's own file
 */
export function localService<S extends DescService>(
  desc: S,
  handlers: Partial<ServiceImpl<S>>,
  registry: Registry = createRegistry(desc.file),
): LocalService {
  return { desc, registry, upstream: localUpstream(createServiceImplSpec(desc, handlers)) };
}
