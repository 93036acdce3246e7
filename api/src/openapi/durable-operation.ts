import { OperationSchema } from '@busline/schemas/google/longrunning/operations';
import type { MethodRecord } from '../method-record.ts';
import { type ErrorForm, errorResponse } from './error-components.ts';
import type { HeaderObject, Operation, Parameter } from './openapi-document.ts';
import type { TypeScope } from './type-scope.ts';

/** What a durable method takes and answers besides any other (docs/durable.md). */
export interface DurableParts {
  readonly parameters: readonly Parameter[];
  /** Fields of the answer with the outcome. */
  readonly headers: Readonly<Record<string, HeaderObject>>;
  readonly responses: Operation['responses'];
}

/**
 * @param answersOperations whether an operation can stand in place of the response: by REST, not by the method's procedure,
 * whose answer has one type
 */
export function durableParts(
  { keyRequired, answer }: NonNullable<MethodRecord['durable']>,
  { scope, form, answersOperations }: { scope: TypeScope; form: ErrorForm; answersOperations: boolean },
): DurableParts {
  const later = answersOperations
    ? `\`respond-async\`: 202 and the operation; with \`wait=5\` only if there is no outcome within 5 seconds.${answer === 'operation' ? ' Without a preference: as `respond-async`.' : ''}`
    : '`respond-async`: the call is stored, and the wait ends at once with DEADLINE_EXCEEDED.';
  return {
    parameters: [
      {
        name: 'Prefer',
        in: 'header',
        description: `How long to wait for the outcome (RFC 7240). ${later} \`wait=5\`: the outcome within 5 seconds, or DEADLINE_EXCEEDED while the call goes on.`,
        schema: { type: 'string', examples: ['respond-async', 'respond-async, wait=5', 'wait=5'] },
      },
      {
        name: 'Idempotency-Key',
        in: 'header',
        description:
          'Names what is asked for: the same request with the same key is the same operation, and has one outcome.',
        ...(keyRequired && { required: true }),
        schema: { type: 'string', minLength: 1, maxLength: 257, examples: ['"order-4711"'] },
      },
    ],
    headers: {
      'Busline-Operation': {
        description: 'The operation that the call is kept as.',
        schema: { type: 'string', examples: ['operations/0123456789abcdef0123456789abcdef'] },
      },
      'Busline-Operation-Expires': {
        description: 'Until when the outcome is kept, and the idempotency key stands for it.',
        schema: { type: 'string', format: 'date-time' },
      },
      'Idempotency-Replayed': {
        description: 'That the outcome is of an earlier request with the same key.',
        schema: { type: 'string', enum: ['true'] },
      },
    },
    responses: {
      ...(answersOperations && { 202: accepted(scope) }),
      409: errorResponse(form, 'KeyInUse'),
      ...(answersOperations && { 422: errorResponse(form, 'KeyReused') }),
    },
  };
}

function accepted(scope: TypeScope): Operation['responses'][string] {
  return {
    description: 'The call is stored, and will be run. Its outcome will be at `Location`.',
    headers: {
      Location: {
        description: 'Path of the operation.',
        schema: { type: 'string', format: 'uri-reference' },
      },
      'Retry-After': {
        description: 'After how many seconds to ask for the outcome.',
        schema: { type: 'integer', minimum: 1 },
      },
      'Preference-Applied': {
        description: 'Which preference was followed (RFC 7240).',
        schema: { type: 'string' },
      },
    },
    content: { 'application/json': { schema: scope.ref(OperationSchema) } },
  };
}
