/** Numbers from `start` to `end`, both among them. */
export interface NumberRange {
  readonly start: number;
  readonly end: number;
}

/** Names and numbers that may not be used again. */
export interface Reserved {
  readonly ranges: readonly NumberRange[];
  readonly names: readonly string[];
}

/** `reserved` of a message, where protobuf stores the first number that is free again as the end. */
export function reservedOfMessage(proto: {
  readonly reservedRange: readonly NumberRange[];
  readonly reservedName: readonly string[];
}): Reserved {
  const ranges = proto.reservedRange.map(({ start, end }) => ({ start, end: end - 1 }));
  return { ranges, names: proto.reservedName };
}

/** `reserved` of an enum, where protobuf stores the last number that is reserved as the end. */
export function reservedOfEnum(proto: {
  readonly reservedRange: readonly NumberRange[];
  readonly reservedName: readonly string[];
}): Reserved {
  return { ranges: proto.reservedRange, names: proto.reservedName };
}

export function isReserved(reserved: Reserved, number: number): boolean {
  return reserved.ranges.some(({ start, end }) => start <= number && number <= end);
}

/** What `before` reserves and `after` does not, as it would be written: `7`, `9 to 11`, `"name"`. */
export function noLongerReserved(before: Reserved, after: Reserved): string[] {
  const ranges = before.ranges.flatMap((range) => without(range, after.ranges));
  const names = before.names.filter((name) => !after.names.includes(name));
  return [
    ...ranges.map(({ start, end }) => (start === end ? String(start) : `${start} to ${end}`)),
    ...names.map((name) => `"${name}"`),
  ];
}

/** The parts of a range that others leave uncovered. */
export function without(range: NumberRange, others: readonly NumberRange[]): NumberRange[] {
  let parts = [range];
  for (const other of others) {
    parts = parts.flatMap((part) => {
      if (other.end < part.start || part.end < other.start) return [part];
      const [left, right] = [
        { start: part.start, end: other.start - 1 },
        { start: other.end + 1, end: part.end },
      ];
      return [left, right].filter(({ start, end }) => start <= end);
    });
  }
  return parts;
}
