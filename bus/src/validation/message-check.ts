import { create as createMessage, type DescMessage, hasOption, type Message } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Violation } from '@bufbuild/protovalidate';
import {
  field as fieldRules,
  message as messageRules,
  oneof as oneofRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { BadRequestSchema } from '@busline/schemas/google/rpc/error_details';
import type { ConnectError } from '@connectrpc/connect';
import { fault } from '../errors/fault.ts';

/** Checks a message against the rules in its contract. Undefined when it keeps them. */
export type MessageCheck = (message: Message) => ConnectError | undefined;

const validator = createValidator();

/**
 * The check for messages of one type, or undefined when neither the type nor anything below it has a rule: most
 * messages then cost nothing.
 *
 * The rules are compiled here, at start: the first validation of a type takes some 20 ms, which no call should
 * wait for.
 */
export function messageCheck(desc: DescMessage): MessageCheck | undefined {
  if (!hasRules(desc, new Set())) return undefined;
  validator.validate(desc, createMessage(desc));
  return (message) => {
    const result = validator.validate(desc, message);
    if (result.kind === 'valid') return undefined;
    if (result.kind === 'error') {
      return fault('HANDLER_FAILED', {
        message: 'the rules of the contract could not be evaluated',
        cause: result.error,
      });
    }
    return invalidMessage(desc, result.violations);
  };
}

function invalidMessage(desc: DescMessage, violations: readonly Violation[]): ConnectError {
  const described = violations.map((violation) => ({
    // The contract's own notation: `lines[2].quantity`.
    field: pathToString(violation.field),
    description: violation.message,
    reason: violation.ruleId,
  }));
  const summary = described.map(({ field, description }) =>
    field === '' ? description : `${field}: ${description}`,
  );
  const error = fault('INVALID_MESSAGE', {
    message: summary.join('; '),
    facts: { type: desc.typeName },
  });
  error.details.push({ desc: BadRequestSchema, value: { fieldViolations: described } });
  return error;
}

function hasRules(desc: DescMessage, seen: Set<string>): boolean {
  if (seen.has(desc.typeName)) return false;
  seen.add(desc.typeName);
  if (hasOption(desc, messageRules)) return true;
  if (desc.oneofs.some((oneof) => hasOption(oneof, oneofRules))) return true;
  return desc.fields.some(
    (field) => hasOption(field, fieldRules) || (field.message !== undefined && hasRules(field.message, seen)),
  );
}
