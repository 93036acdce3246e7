import type { DescMethod, DescService, Registry } from '@bufbuild/protobuf';

/** A service by its contract, from wherever it was learned. */
export interface KnownService {
  readonly desc: DescService;
  /** Every type its contract knows, for `Any` in JSON. */
  readonly registry: Registry;
}

export interface KnownMethod {
  readonly method: DescMethod;
  readonly registry: Registry;
}

/** `orders.v1.OrderService/PlaceOrder`. */
export function methodName({ parent, name }: DescMethod): string {
  return `${parent.typeName}/${name}`;
}
