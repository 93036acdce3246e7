import type { Header } from '@busline/schemas/connectrpc/conformance/v1/service';
import type { HandlerContext } from '@connectrpc/connect';

/** The metadata that a request asks for in its answer. */
export interface AnswerMetadata {
  readonly responseHeaders: readonly Header[];
  readonly responseTrailers: readonly Header[];
}

/** Sets it; it is the same whether a message follows or an error. */
export function setMetadata(context: HandlerContext, asked: AnswerMetadata | undefined): void {
  append(context.responseHeader, asked?.responseHeaders ?? []);
  append(context.responseTrailer, asked?.responseTrailers ?? []);
}

function append(target: Headers, fields: readonly Header[]): void {
  for (const { name, value: values } of fields) {
    for (const value of values) target.append(name, value);
  }
}
