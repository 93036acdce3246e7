import { type Codec, jsonCodec, protoCodec } from '../codec.ts';

/** Content types of unary calls (Connect protocol, "Unary-Content-Type"). */
export const unaryContentTypes = [protoCodec.contentType, jsonCodec.contentType];

/** The codec of a content type. JSON is UTF-8 by definition, so another charset is not JSON. */
export function codecOf(contentType: string | undefined): Codec | undefined {
  // The plain values are by far the commonest.
  switch (contentType) {
    case 'application/proto':
      return protoCodec;
    case 'application/json':
      return jsonCodec;
    case undefined:
      return undefined;
  }
  const match = pattern.exec(contentType);
  if (match?.[1]?.toLowerCase() === 'proto' && match[2] === undefined) return protoCodec;
  return match?.[1]?.toLowerCase() === 'json' ? jsonCodec : undefined;
}

const pattern = /^application\/(proto|json)[ \t]*(?:;[ \t]*(charset="?utf-8"?)[ \t]*)?$/i;

/** Content types of streaming calls (Connect protocol, "Streaming-Content-Type"). */
export const streamContentTypes = ['application/connect+proto', 'application/connect+json'];

/** The codec of a stream's content type; undefined for one that the edge does not know. */
export function streamCodecOf(contentType: string | undefined): Codec | undefined {
  switch (streamPattern.exec(contentType ?? '')?.[1]?.toLowerCase()) {
    case 'proto':
      return protoCodec;
    case 'json':
      return jsonCodec;
    default:
      return undefined;
  }
}

const streamPattern = /^application\/connect\+(proto|json)[ \t]*(?:;.*)?$/i;
