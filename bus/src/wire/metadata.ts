import { Code, ConnectError } from '@connectrpc/connect';
import { type HeaderField, headerLine } from './header-block.ts';

/**
 * Metadata is what the caller and the handler say about a call besides its message: names and text values, sent
 * as NATS headers under their lower-case names (docs/protocol.md, "Metadata"). A name ending in `-bin` holds
 * base64 of bytes, as in gRPC and Connect.
 */

/** Names the bus keeps for itself; metadata under them is refused on the way out and hidden on the way in. */
const reserved = /^(bl-|nats-|trailer-)/;

const nameShape = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
// CR, LF and NUL would end the line or the message early; above U+00FF no Fetch `Headers` can hold the value.
// biome-ignore lint/suspicious/noControlCharactersInRegex: those three are what is looked for.
const forbiddenInValue = /[\r\n\u0000]|[^\u0000-\u00ff]/;

/** Whether a field read from the wire is the user's, rather than the bus's or the broker's. */
export function isUserMetadata(name: string): boolean {
  return !reserved.test(name.toLowerCase());
}

/**
 * The lines of a header block for `metadata`, names in lower case.
 *
 * @throws ConnectError INVALID_ARGUMENT for a name outside the HTTP token alphabet, a reserved name (`bl-`,
 * `nats-`, `trailer-`) or a value with CR, LF, NUL or a character above U+00FF.
 */
export function metadataLines(metadata: Iterable<HeaderField>, namePrefix = ''): string {
  let lines = '';
  for (const [rawName, value] of metadata) {
    const name = rawName.toLowerCase();
    if (!nameShape.test(name)) throw invalid(`metadata name "${rawName}" is not a header token`);
    if (reserved.test(name)) throw invalid(`metadata name "${name}" is reserved for the bus`);
    if (forbiddenInValue.test(value))
      throw invalid(
        `metadata value of "${name}" holds a line break, NUL or a character above U+00FF; send it base64-encoded as "${name}-bin"`,
      );
    lines += headerLine(namePrefix + name, value);
  }
  return lines;
}

function invalid(message: string): ConnectError {
  return new ConnectError(message, Code.InvalidArgument);
}
