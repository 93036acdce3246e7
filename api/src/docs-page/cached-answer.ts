import { createHash } from 'node:crypto';
import { type ContentCoding, chooseCoding, compress, minCompressBytes } from '../compression.ts';
import type { EdgeResponse, Exchange } from '../exchange.ts';

/** Content that stays the same for many requests. */
export interface CachedContent {
  readonly contentType: string;
  readonly body: Uint8Array | string;
  /** Further fields of the answer, names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether to compress it; default true. */
  readonly compressible?: boolean | undefined;
}

export type CachedAnswer = (exchange: Exchange) => Promise<EdgeResponse>;

/**
 * Answers with the content, or with 304 to who has it already (RFC 9110, section 13.1.2). Each compressed form is made
 * once, when it is first asked for.
 */
export function cachedAnswer(content: CachedContent): CachedAnswer {
  const { contentType, body, compressible = true } = content;
  const tag = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  const compressed = new Map<ContentCoding, Promise<Uint8Array>>();
  const isCompressed = compressible && body.length >= minCompressBytes;

  return async ({ request }) => {
    const coding = isCompressed ? chooseCoding(request.header('accept-encoding')) : undefined;
    // The forms are different bytes, so each has a tag of its own.
    const etag = coding === undefined ? `"${tag}"` : `"${tag}-${coding}"`;
    const headers: Record<string, string> = {
      ...content.headers,
      etag,
      // Kept, but asked for again each time: what is behind the path may have changed.
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      ...(isCompressed && { vary: 'accept-encoding' }),
    };
    if (hasTag(request.header('if-none-match'), etag)) return { status: 304, headers, body: undefined };
    headers['content-type'] = contentType;
    if (coding === undefined) return { status: 200, headers, body };
    headers['content-encoding'] = coding;
    return { status: 200, headers, body: await compressedBody(coding) };
  };

  function compressedBody(coding: ContentCoding): Promise<Uint8Array> {
    let made = compressed.get(coding);
    if (made === undefined) {
      made = compress(body, coding);
      compressed.set(coding, made);
    }
    return made;
  }
}

function hasTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}
