import type { DescMethod } from '@bufbuild/protobuf';
import { type DurableContract, durableContract } from '@busline/bus';

/** The durable option of a method, or what keeps it from being understood: such a method is not served. */
export function durableOf(method: DescMethod): {
  readonly contract: DurableContract | undefined;
  readonly fault: string | undefined;
} {
  try {
    return { contract: durableContract(method), fault: undefined };
  } catch (error) {
    return {
      contract: undefined,
      fault: error instanceof TypeError ? error.message : 'its bytes cannot be read',
    };
  }
}
