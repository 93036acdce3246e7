import { readFileSync } from 'node:fs';
import type { DescService } from '@bufbuild/protobuf';
import { type Bus, identity, implement } from '@busline/bus';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { buildRegistry } from './build-registry.ts';

/** Serves guarded.proto. Resolves when calls arrive. */
export async function serveGuarded(bus: Bus): Promise<void> {
  const source = readFileSync(new URL('guarded.proto', import.meta.url), 'utf8');
  const service = buildRegistry({ 'test/guarded/v1/guarded.proto': source }).getService(
    'test.guarded.v1.GuardedService',
  ) as DescService;
  const handlers = Object.fromEntries(service.methods.map(({ localName }) => [localName, answer]));
  const binding = implement(service, handlers as unknown as Partial<ServiceImpl<DescService>>);
  await bus.serve({ name: 'guarded', version: '1.0.0', services: [binding] });
}

function answer(_: unknown, context: HandlerContext) {
  const caller = identity(context);
  return {
    subject: caller?.subject ?? '',
    issuer: caller?.issuer ?? '',
    scopes: [...(caller?.scopes ?? [])],
    tenant: String(caller?.claims?.tenant ?? ''),
    metadata: [...context.requestHeader.keys()],
    timeLeftMs: Math.ceil(context.timeoutMs() ?? 0),
  };
}
