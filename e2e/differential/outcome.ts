import { type DescMethod, type JsonValue, type Message, type Registry, toJson } from '@bufbuild/protobuf';
import { ConnectError } from '@connectrpc/connect';

/** What came of a call, in a form that two protocols can be compared by. */
export interface Outcome {
  /** The answers, as ProtoJSON. */
  readonly messages: readonly JsonValue[];
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly details: readonly JsonValue[];
  };
}

/** Gathers the answers of a call, and how it failed if it did. */
export async function outcomeOf(
  method: DescMethod,
  answers: AsyncIterable<Message>,
  registry: Registry,
): Promise<Outcome> {
  const messages: JsonValue[] = [];
  try {
    for await (const answer of answers) messages.push(toJson(method.output, answer, { registry }));
    return { messages };
  } catch (thrown) {
    const { code, rawMessage, details } = ConnectError.from(thrown);
    return { messages, error: { code, message: rawMessage, details: details.map(detailJson) } };
  }
}

/** Type and bytes, which say all that there is. */
function detailJson(detail: ConnectError['details'][number]): JsonValue {
  if ('desc' in detail) throw new TypeError('a detail that came in has no descriptor');
  return { type: detail.type, value: Buffer.from(detail.value).toString('base64') };
}
