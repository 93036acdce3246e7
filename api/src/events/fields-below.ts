import { create } from '@bufbuild/protobuf';
import { BadRequestSchema } from '@busline/schemas/google/rpc/error_details';
import { ConnectError } from '@connectrpc/connect';

/** Does work on a part of a request, and puts its path before the fields that an error names. */
export function fieldsBelow<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConnectError) error.details = error.details.map((detail) => below(path, detail));
    throw error;
  }
}

type Detail = ConnectError['details'][number];

function below(path: string, detail: Detail): Detail {
  if (!('desc' in detail) || detail.desc.typeName !== BadRequestSchema.typeName) return detail;
  const { fieldViolations = [] } = create(BadRequestSchema, detail.value);
  return {
    desc: BadRequestSchema,
    value: {
      fieldViolations: fieldViolations.map((violation) => ({
        ...violation,
        field: violation.field === '' ? path : `${path}.${violation.field}`,
      })),
    },
  };
}
