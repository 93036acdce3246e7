import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { expireTime, operationName } from '@busline/bus';
import {
  OperationMetadataSchema,
  type OperationRecord,
  State,
} from '@busline/schemas/busline/durable/v1/operation';
import { type Operation, OperationSchema } from '@busline/schemas/google/longrunning/operations';

/** An operation as `google.longrunning` has it (AIP-151). The response's type is that of the method. */
export function operationMessage(record: OperationRecord, responseType: string): Operation {
  const { outcome, state } = record;
  const result: MessageInitShape<typeof OperationSchema>['result'] =
    outcome.case === 'response'
      ? { case: 'response', value: { typeUrl: `type.googleapis.com/${responseType}`, value: outcome.value } }
      : outcome.case === 'error'
        ? { case: 'error', value: outcome.value }
        : { case: undefined };
  return create(OperationSchema, {
    name: operationName(record.id),
    metadata: anyPack(OperationMetadataSchema, metadataOf(record)),
    done: state === State.DONE,
    result,
  });
}

function metadataOf(record: OperationRecord) {
  const { service, method, state, createTime, startTime, doneTime, attempts, cancelRequested, progress } =
    record;
  const expires = expireTime(record);
  return create(OperationMetadataSchema, {
    method: `${service}/${method}`,
    state,
    attempts,
    cancelRequested,
    ...(createTime !== undefined && { createTime }),
    ...(startTime !== undefined && { startTime }),
    ...(doneTime !== undefined && { doneTime }),
    ...(expires !== undefined && { expireTime: timestampFromDate(expires) }),
    ...(progress !== undefined && { progress }),
  });
}
