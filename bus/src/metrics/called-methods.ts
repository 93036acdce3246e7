import { SpanKind } from '@opentelemetry/api';
import { attribute, busSystem } from '../tracing/attributes.ts';
import type { SpanShape } from '../tracing/tracing.ts';
import { type CallRecorder, type CallStats, createCallRecorder } from './call-stats.ts';

/** What is known of a method that is called from here. */
export interface CalledMethod {
  /** `orders.v1.OrderService/PlaceOrder` */
  readonly name: string;
  readonly recorder: CallRecorder;
  readonly shape: SpanShape;
}

/** The methods that are called from here. */
export interface CalledMethods {
  of(service: string, method: string): CalledMethod;
  stats(): { readonly name: string; readonly stats: CallStats }[];
}

/** Methods that are counted by themselves. Whoever calls more, under names from elsewhere, must not fill the memory. */
const maxMethods = 1_000;

export function createCalledMethods(): CalledMethods {
  const services = new Map<string, Map<string, CalledMethod>>();
  const all: CalledMethod[] = [];
  let other: CalledMethod | undefined;

  const enter = (service: string, method: string): CalledMethod => {
    if (all.length >= maxMethods) {
      other ??= calledMethod('_OTHER');
      return other;
    }
    const entry = calledMethod(`${service}/${method}`);
    all.push(entry);
    let methods = services.get(service);
    if (methods === undefined) {
      methods = new Map();
      services.set(service, methods);
    }
    methods.set(method, entry);
    return entry;
  };

  return {
    of: (service, method) => services.get(service)?.get(method) ?? enter(service, method),
    stats: () =>
      (other === undefined ? all : [...all, other]).map(({ name, recorder }) => ({
        name,
        stats: recorder.snapshot(),
      })),
  };
}

function calledMethod(name: string): CalledMethod {
  return {
    name,
    recorder: createCallRecorder(),
    shape: {
      kind: SpanKind.CLIENT,
      name,
      attributes: { [attribute.rpcSystem]: busSystem, [attribute.rpcMethod]: name },
    },
  };
}
