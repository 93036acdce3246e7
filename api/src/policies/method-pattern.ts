/** Which methods a rule of the configuration is about. */
export interface MethodPattern {
  readonly text: string;
  /** Of two patterns that match a method, the one with the higher rank goes first: the one that says more. */
  readonly rank: number;
  /** @param service full name of the service */
  matches(service: string, method: string): boolean;
}

/** What a pattern may look like, for error texts. */
export const patternForms =
  '"*", "orders.*", "orders.v1.OrderService" or "orders.v1.OrderService/PlaceOrder"';

const shape = /^(?:\*|(?:[A-Za-z_]\w*\.)+\*|((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(?:\/([A-Za-z_]\w*))?)$/;

/** Reads a pattern. Undefined for anything else than the forms above. */
export function parseMethodPattern(text: string): MethodPattern | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [, service, method] = match;
  if (service === undefined) {
    // Everything below a package, with the dot; the empty prefix is everything.
    const prefix = text.slice(0, -1);
    return { text, rank: prefix.length, matches: (name) => name.startsWith(prefix) };
  }
  if (method === undefined) return { text, rank: serviceRank, matches: (name) => name === service };
  return {
    text,
    rank: serviceRank + 1,
    matches: (name, methodName) => name === service && methodName === method,
  };
}

/** Above any length of a package. */
const serviceRank = Number.MAX_SAFE_INTEGER - 1;
