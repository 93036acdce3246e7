import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf';
import type { JsonSchema } from './json-schema.ts';

/** Where schemas of one contract find those of its types. */
export interface TypeScope {
  /** A reference to the type's schema among the components, which is made when it is first asked for. */
  ref(desc: DescMessage | DescEnum): JsonSchema;
  /** Fields without which a message breaks the rules of its contract. */
  required(desc: DescMessage): ReadonlySet<DescField>;
}
