import {
  type DescMessage,
  equals,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from '@bufbuild/protobuf';
import { redacted } from '@busline/bus';
import type { Output } from './output.ts';

export interface ShownMessageOptions {
  /** Types of what `Any` holds. */
  readonly registry: Registry | undefined;
  /** Whether what the contract marks with `debug_redact` is shown too. */
  readonly unredacted: boolean;
  /** What shows it. */
  readonly hint: string;
}

/** Makes JSON of messages, without what `debug_redact` marks; says so the first time that something was left out. */
export function shownMessage(
  output: Pick<Output, 'note'>,
  { registry, unredacted, hint }: ShownMessageOptions,
): (schema: DescMessage, message: Message) => JsonValue {
  const options = registry && { registry };
  let told = false;
  return (schema, message) => {
    if (unredacted) return toJson(schema, message, options);
    const shown = redacted(schema, message, registry);
    if (!told && !equals(schema, message, shown)) {
      told = true;
      output.note(`left out what its contract marks debug_redact; ${hint}`);
    }
    return toJson(schema, shown, options);
  };
}
