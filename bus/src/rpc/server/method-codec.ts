import {
  create,
  type DescMessage,
  type DescMethod,
  type Message,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import { type EncodeTarget, messageCodec } from '../../codec/message-codec.ts';
import { fault } from '../../errors/fault.ts';
import { messageCheck } from '../../validation/message-check.ts';

/** Bytes to messages and back for one method, whether its call is a single message or a stream of them. */
export interface MethodCodec {
  /**
   * Decodes a request message and checks it against the rules of its contract.
   *
   * @throws ConnectError MALFORMED_REQUEST or INVALID_MESSAGE (both INVALID_ARGUMENT).
   */
  decode(body: Uint8Array): Message;
  /**
   * The message a handler gave, whether it gave a message or what makes one.
   *
   * @throws ConnectError BAD_RESPONSE (INTERNAL) for anything else, or a message of another type.
   */
  asMessage(response: unknown): Message;
  /** @throws ConnectError BAD_RESPONSE (INTERNAL) for what is no message of the output type. */
  encode(response: unknown): Uint8Array;
  /** Encodes as `encode` does, into a place of the caller's, and returns the size. */
  encodeInto(target: EncodeTarget, response: unknown): number;
}

export function methodCodec(method: DescMethod): MethodCodec {
  const { input, output } = method;
  const name = `${method.parent.typeName}/${method.name}`;
  const requests = messageCodec(input);
  const responses = messageCodec(output);
  const check = messageCheck(input);

  const badResponse = (what: string, cause?: unknown) =>
    fault('BAD_RESPONSE', { message: `${name}: ${what}`, facts: { method: name }, cause });
  const notEncodable = (cause: unknown) => badResponse("the handler's response cannot be encoded", cause);
  const asMessage = (response: unknown): Message => {
    if (typeof response !== 'object' || response === null) {
      throw badResponse(`the handler gave ${String(response)}, not a ${output.typeName}`);
    }
    if (!('$typeName' in response)) return create(output, response as MessageInitShape<DescMessage>);
    if (response.$typeName === output.typeName) return response as Message;
    throw badResponse(`the handler gave a ${String(response.$typeName)}, not a ${output.typeName}`);
  };

  return {
    asMessage,
    decode(body) {
      let request: Message;
      try {
        request = requests.decode(body);
      } catch (error) {
        throw fault('MALFORMED_REQUEST', {
          message: `the request is not a ${input.typeName}: ${(error as Error).message}`,
          facts: { method: name },
        });
      }
      const broken = check?.(request);
      if (broken !== undefined) throw broken;
      return request;
    },
    encode(response) {
      const message = asMessage(response);
      try {
        return responses.encode(message);
      } catch (error) {
        throw notEncodable(error);
      }
    },
    encodeInto(target, response) {
      const message = asMessage(response);
      try {
        return responses.encodeInto(target, message);
      } catch (error) {
        throw notEncodable(error);
      }
    },
  };
}
