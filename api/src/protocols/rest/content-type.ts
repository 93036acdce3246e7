/** Whether a body is JSON: `application/json` or a type built on it (RFC 6839, section 3.1), in UTF-8. */
export function isJson(contentType: string | undefined): boolean {
  return contentType === 'application/json' || (contentType !== undefined && pattern.test(contentType));
}

const pattern =
  /^application\/(?:[!#$%&'*+\-.^_`|~0-9a-z]+\+)?json[ \t]*(?:;[ \t]*(?:charset="?utf-8"?)?[ \t]*)*$/i;
