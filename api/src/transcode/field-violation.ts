import { BadRequestSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';

/**
 * One step of the way to a value inside a message: a field or map key by name, a list element by index. A map key
 * is written in brackets, so it is marked.
 */
export type PathStep = string | number | { readonly mapKey: string };

/**
 * A value given by the client that its field cannot take. Thrown where the value is read, with the path from there;
 * each enclosing level puts its own step in front.
 */
export class FieldViolation extends Error {
  override readonly name = 'FieldViolation';
  readonly path: readonly PathStep[];
  /** What was expected and what came, without the value itself. */
  readonly description: string;

  constructor(description: string, path: readonly PathStep[] = []) {
    super(description);
    this.description = description;
    this.path = path;
  }
}

/** The violation one level further out; anything else stays as it is. */
export function within(step: PathStep, error: unknown): unknown {
  return error instanceof FieldViolation
    ? new FieldViolation(error.description, [step, ...error.path])
    : error;
}

/** The path as `google.rpc.BadRequest` writes it: `items[0].labels["colour"]`. */
export function formatPath(path: readonly PathStep[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (typeof step === 'object') text += `[${JSON.stringify(shorten(step.mapKey))}]`;
    else text += text === '' ? shorten(step) : `.${shorten(step)}`;
  }
  return text;
}

/** Longest piece of the client's own text repeated in an error. */
const maxEchoLength = 64;

/** Client text as it may stand in an error: short, and without halves of surrogate pairs. */
export function shorten(text: string): string {
  return (text.length <= maxEchoLength ? text : `${text.slice(0, maxEchoLength)}…`).toWellFormed();
}

/** INVALID_ARGUMENT, with a BadRequest detail when it is about a field. `where` says which part of the request: "request body". */
export function violationError(violation: FieldViolation, where: string): ConnectError {
  const field = formatPath(violation.path);
  const message =
    field === '' ? `${where}: ${violation.description}` : `${where}: ${field}: ${violation.description}`;
  const error = new ConnectError(message, Code.InvalidArgument);
  if (field === '') return error;
  const value = { fieldViolations: [{ field, description: violation.description }] };
  error.details.push({ desc: BadRequestSchema, value });
  return error;
}
