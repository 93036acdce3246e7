import { toBinary } from '@bufbuild/protobuf';
import { operationName } from '@busline/bus';
import type { OperationRecord } from '@busline/schemas/busline/durable/v1/operation';
import { OperationSchema } from '@busline/schemas/google/longrunning/operations';
import type { WholeResponse } from '../exchange.ts';
import type { RouteTable } from '../route-table.ts';
import { createJsonCodec } from '../transcode/json-codec.ts';
import { jsonContentType } from '../transcode/response.ts';
import { liveRegistry } from './live-registry.ts';
import { operationMessage } from './operation-message.ts';
import { responseTypeOf } from './response-type.ts';

/** Where an operation is found by REST. */
export function operationPath(id: string): string {
  return `/v1/${operationName(id)}`;
}

/** When to ask for the outcome, in seconds: soon, for most calls that are not waited for take that long. */
const retryAfterSeconds = 1;

/** Writes operations as JSON, with the types of whatever is served at the moment. */
export interface OperationWriter {
  json(record: OperationRecord): string;
  /** 202: the call is stored, and its outcome will be at `Location` (RFC 9110, section 15.3.3). */
  accepted(record: OperationRecord): WholeResponse;
}

export function createOperationWriter(table: () => RouteTable): OperationWriter {
  const codec = createJsonCodec(liveRegistry(table), {});
  const json = (record: OperationRecord): string =>
    codec.encode(
      OperationSchema,
      toBinary(OperationSchema, operationMessage(record, responseTypeOf(table(), record))),
    );
  return {
    json,
    accepted: (record) => ({
      status: 202,
      headers: {
        'content-type': jsonContentType,
        location: operationPath(record.id),
        'retry-after': String(retryAfterSeconds),
        'cache-control': 'no-store',
      },
      body: json(record),
    }),
  };
}
