import { Code, ConnectError } from '@connectrpc/connect';

/** What an event says besides its message, as CloudEvents has it. */
export interface EventAttributes {
  readonly id?: string | undefined;
  readonly source?: string | undefined;
  readonly type?: string | undefined;
  readonly time?: Date | undefined;
  /** Further attributes: names of up to 20 lower-case letters and digits. */
  readonly others: Readonly<Record<string, string>>;
}

/** Attributes that follow from the contract, so that what a client says of them is passed over. */
const implied: ReadonlySet<string> = new Set([
  'specversion',
  'datacontenttype',
  'dataschema',
  'partitionkey',
]);

/** Who publishes is what the edge has found out, not what a client says (CloudEvents, "Auth Context"). */
const ofTheEdge: ReadonlySet<string> = new Set(['authtype', 'authid', 'authclaims']);

/** At most so many attributes, of so many characters together: they travel in the header of a message. */
const maxAttributes = 32;
const maxCharacters = 4096;

/**
 * Sorts the attributes of one event.
 *
 * @throws ConnectError INVALID_ARGUMENT naming the attribute that cannot be taken
 */
export function readAttributes(given: Iterable<readonly [name: string, value: string]>): EventAttributes {
  const named: Record<string, string> = {};
  const others: Record<string, string> = {};
  let characters = 0;
  let count = 0;
  for (const [name, value] of given) {
    characters += name.length + value.length;
    if (++count > maxAttributes || characters > maxCharacters)
      throw invalid(
        `an event has at most ${maxAttributes} attributes with ${maxCharacters} characters in all`,
      );
    if (name === 'specversion' && value !== '1.0')
      throw invalid(`specversion is ${JSON.stringify(value)}; only 1.0 is known`);
    if (ofTheEdge.has(name))
      throw invalid(`attribute ${name} is set by the edge, from the caller's credentials`);
    if (implied.has(name)) continue;
    if (name === 'id' || name === 'source' || name === 'type' || name === 'time') named[name] = value;
    else if (/^[a-z0-9]{1,20}$/.test(name)) others[name] = value;
    else
      throw invalid(
        `attribute ${JSON.stringify(name.slice(0, 64))} must be 1 to 20 lower-case letters and digits`,
      );
  }
  const { id, source, type, time } = named;
  if (id === '') throw invalid('the id of an event must not be empty');
  return { id, source, type, time: time === undefined ? undefined : readTime(time), others };
}

/**
 * The attributes in header fields `ce-*` (CloudEvents, HTTP binding, binary mode).
 *
 * @throws as `readAttributes`
 */
export function headerAttributes(header: Headers): EventAttributes {
  const given: [string, string][] = [];
  for (const [name, value] of header) {
    if (name.startsWith('ce-')) given.push([name.slice('ce-'.length), decoded(name, value)]);
  }
  return readAttributes(given);
}

function decoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw invalid(`${name} is not percent-encoded UTF-8`);
  }
}

function readTime(text: string): Date {
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\d[Tt ]/.test(text) || Number.isNaN(time.getTime()))
    throw invalid(`time ${JSON.stringify(text.slice(0, 64))} is not a time as RFC 3339 writes it`);
  return time;
}

function invalid(message: string): ConnectError {
  return new ConnectError(message, Code.InvalidArgument);
}
