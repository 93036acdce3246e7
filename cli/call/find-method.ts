import type { Target } from '../connection/target.ts';
import { findByName } from '../contracts/find-by-name.ts';
import { type KnownMethod, methodName } from '../contracts/known-service.ts';

/** @throws CommandFailure when there is none, or more than one. */
export async function findMethod(target: Target, name: string): Promise<KnownMethod> {
  const methods = new Map<string, KnownMethod>();
  for (const { desc, registry } of (await target.services()).values())
    for (const method of desc.methods) methods.set(methodName(method), { method, registry });
  const found = findByName(name, methods.keys(), {
    one: 'method',
    many: 'methods',
    list: 'busline schema ls',
  });
  return methods.get(found) as KnownMethod;
}
