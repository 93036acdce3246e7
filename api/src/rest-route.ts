import type { MethodRecord } from './method-record.ts';
import type { HttpBinding } from './transcode/http-rule.ts';
import type { JsonWriteOptions } from './transcode/json-writer.ts';
import { createRequestTranscoder, type RequestTranscoder } from './transcode/request.ts';
import { createResponseTranscoder, type ResponseTranscoder } from './transcode/response.ts';

/** A REST route: one binding of a method, its transcoders compiled on first use. */
export interface RestRoute {
  readonly record: MethodRecord;
  readonly binding: HttpBinding;
  request(): RequestTranscoder;
  response(): ResponseTranscoder;
}

/** A route, and what the path said. */
export interface RestTarget {
  readonly record: MethodRecord;
  readonly route: RestRoute;
  readonly segments: readonly string[];
}

/** How REST bodies and queries are read and written. */
export interface RestOptions extends JsonWriteOptions {
  /** Whether query parameters that name no field are passed over. Default false. */
  readonly ignoreUnknownParameters?: boolean | undefined;
  /** Default `problem`. */
  readonly errorFormat?: ErrorFormat | undefined;
}

/** How errors look: problems (RFC 9457), or the `{"error":…}` of Google's APIs (AIP-193). */
export type ErrorFormat = 'problem' | 'google';

export function restRoute(record: MethodRecord, binding: HttpBinding, options: RestOptions): RestRoute {
  let request: RequestTranscoder | undefined;
  let response: ResponseTranscoder | undefined;
  const { ignoreUnknownParameters } = options;
  return {
    record,
    binding,
    request() {
      const { readerOf, messageBytes } = record.json;
      request ??= createRequestTranscoder(binding, { readerOf, messageBytes, ignoreUnknownParameters });
      return request;
    },
    response() {
      response ??= createResponseTranscoder(binding, record.registry, options);
      return response;
    },
  };
}
