import { readFileSync } from 'node:fs';
import type { DescService } from '@bufbuild/protobuf';
import { type Bus, identity, implement } from '@busline/bus';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { buildRegistry } from './build-registry.ts';

/** The descriptor of guarded.proto's service. */
export function loadGuarded(): DescService {
  const source = readFileSync(new URL('guarded.proto', import.meta.url), 'utf8');
  const registry = buildRegistry({ 'test/guarded/v1/guarded.proto': source });
  return registry.getService('test.guarded.v1.GuardedService') as DescService;
}

/** Serves guarded.proto. Resolves when calls arrive. */
export async function serveGuarded(bus: Bus, service: DescService): Promise<void> {
  const handlers = {
    ...Object.fromEntries(service.methods.map(({ localName }) => [localName, answer])),
    watch,
  };
  const binding = implement(service, handlers as unknown as Partial<ServiceImpl<DescService>>);
  await bus.serve({ name: 'guarded', version: '1.0.0', services: [binding] });
}

async function* watch({ text }: { readonly text: string }, context: HandlerContext) {
  yield answer(undefined, context);
  if (text !== 'forever') return;
  await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
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
