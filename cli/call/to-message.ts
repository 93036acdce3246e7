import { fromJson, type JsonValue, type Message } from '@bufbuild/protobuf';
import { type KnownMethod, methodName } from '../contracts/known-service.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

/**
 * The request of a method from its JSON.
 *
 * @throws CommandFailure telling which field does not fit.
 */
export function toMessage(json: JsonValue, { method, registry }: KnownMethod): Message {
  try {
    return fromJson(method.input, json, { registry });
  } catch (error) {
    throw new CommandFailure({
      code: 'REQUEST_INVALID',
      exitCode: ExitCode.usage,
      what: `the data is no ${method.input.typeName}`,
      why: error instanceof Error ? error.message : String(error),
      hint: `busline call ${methodName(method)} --example prints a request to begin with`,
      cause: error,
    });
  }
}
