/** A place in a stream, as clients keep it: `EVT_ORDERS-17`. */
export interface EventPosition {
  readonly stream: string;
  readonly sequence: number;
}

export function formatPosition({ stream, sequence }: EventPosition): string {
  return `${stream}-${sequence}`;
}

/** Undefined for what no edge has given out. */
export function readPosition(text: string): EventPosition | undefined {
  const match = /^([A-Za-z0-9_-]{1,64})-([0-9]{1,15})$/.exec(text);
  return match === null ? undefined : { stream: match[1] as string, sequence: Number(match[2]) };
}
