import type { Interceptor } from '@connectrpc/connect';

type AnyCall = Parameters<Interceptor>[0];

/** Wraps `innermost` so that the first interceptor is the outermost, as Connect does. */
export function composeInterceptors(innermost: AnyCall, interceptors: readonly Interceptor[]): AnyCall {
  return interceptors.reduceRight<AnyCall>((next, interceptor) => interceptor(next), innermost);
}
