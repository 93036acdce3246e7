import type { DescMethod } from '@bufbuild/protobuf';
import type { HeaderNote } from '../local/local-service.ts';
import type { MethodRecord } from '../method-record.ts';
import type { HttpBinding } from '../transcode/http-rule.ts';
import { commentOf } from './comments.ts';
import { durableParts } from './durable-operation.ts';
import type { RestErrorForm } from './error-components.ts';
import type { Operation, Parameter } from './openapi-document.ts';
import { pathParameters, queryParameters } from './parameters.ts';
import type { OpenApiPath } from './path-template-names.ts';
import { described, firstSentence, inWords } from './prose.ts';
import { requestBody } from './request-body.ts';
import { failures, messageForm, restAnswer } from './responses.ts';
import type { DocumentSecurity } from './security.ts';
import type { TypeScope } from './type-scope.ts';

/** What an operation is made from, besides its method. */
export interface OperationContext {
  readonly scope: TypeScope;
  readonly security: DocumentSecurity;
  /** How REST paths answer errors. */
  readonly restErrors: RestErrorForm;
}

/**
 * A REST binding of a method.
 *
 * @param index of the binding among the method's rules: the first has the method's name as its id
 */
export function restOperation(
  record: MethodRecord,
  { binding, path, index }: { binding: HttpBinding; path: OpenApiPath; index: number },
  { scope, security, restErrors }: OperationContext,
): Operation {
  const durable =
    record.durable && durableParts(record.durable, { scope, form: restErrors, answersOperations: true });
  const parameters = [
    ...pathParameters(path, scope),
    ...queryParameters(binding, scope),
    ...(durable?.parameters ?? []),
    ...(record.notes?.headers ?? []).map(headerParameter),
  ];
  const body = requestBody(binding, { scope, bodyTypes: record.notes?.bodyTypes });
  const requirements = security.requirementsOf(record);
  return {
    operationId: `${record.service}.${record.method}${index === 0 ? '' : `.${index + 1}`}`,
    ...about(record.desc),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: body }),
    responses: {
      200: { ...restAnswer(binding, scope), ...(durable !== undefined && { headers: durable.headers }) },
      ...durable?.responses,
      ...failures(restErrors, requirements.length > 0),
    },
    ...(requirements.length > 0 && { security: requirements }),
  };
}

/** A unary method by its procedure: the Connect protocol, with JSON. */
export function procedureOperation(record: MethodRecord, { scope, security }: OperationContext): Operation {
  const { input, output } = record.desc;
  const requirements = security.requirementsOf(record);
  const durable =
    record.durable && durableParts(record.durable, { scope, form: 'ConnectError', answersOperations: false });
  const description = firstSentence(commentOf(output)) || 'The answer';
  return {
    operationId: `${record.service}.${record.method}`,
    ...about(record.desc),
    ...(durable !== undefined && { parameters: durable.parameters }),
    requestBody: {
      ...described([commentOf(input)]),
      // Also an empty message is written, as {}.
      required: true,
      content: { 'application/json': { schema: messageForm(input, scope) } },
    },
    responses: {
      200: {
        description,
        ...(durable !== undefined && { headers: durable.headers }),
        content: { 'application/json': { schema: messageForm(output, scope) } },
      },
      ...durable?.responses,
      ...failures('ConnectError', requirements.length > 0),
    },
    ...(requirements.length > 0 && { security: requirements }),
  };
}

function headerParameter({ name, description }: HeaderNote): Parameter {
  return { name, in: 'header', description, schema: { type: 'string' } };
}

function about(method: DescMethod) {
  const comment = commentOf(method);
  const summary = firstSentence(comment);
  const isWhole = comment.replace(/\s+/g, ' ').replace(/\.$/, '') === summary;
  return {
    tags: [method.parent.typeName],
    summary: summary || inWords(method.name),
    ...(!isWhole && described([comment])),
    ...((method.deprecated || method.parent.deprecated) && { deprecated: true }),
  };
}
