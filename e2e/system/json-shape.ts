/**
 * What JSON is made of: names and types, without the values. The items of a list are told as one: a field that only some
 * of them have ends with `?`, and one of several types names them all. An object with names that are no identifiers is a
 * map, whose names are no part of the shape.
 */
export function jsonShape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [merged(value.map(jsonShape))];
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  const parts = Object.entries(value).map(([name, part]) => [name, jsonShape(part)] as const);
  if (parts.every(([name]) => /^@?\w+$/.test(name))) return Object.fromEntries(parts);
  return { '<name>': merged(parts.map(([, part]) => part)) };
}

function merged(shapes: readonly unknown[]): unknown {
  const [first] = shapes;
  if (shapes.every(isFields)) {
    const names = [...new Set(shapes.flatMap((shape) => Object.keys(shape)))].sort();
    return Object.fromEntries(
      names.map((name) => {
        const parts = shapes.filter((shape) => name in shape).map((shape) => shape[name]);
        return [parts.length === shapes.length ? name : `${name}?`, merged(parts)];
      }),
    );
  }
  if (shapes.every(Array.isArray)) {
    const items = shapes.flat();
    return items.length === 0 ? [] : [merged(items)];
  }
  const kinds = new Set(shapes.map((shape) => (typeof shape === 'string' ? shape : JSON.stringify(shape))));
  return kinds.size === 1 ? first : [...kinds].sort().join(' | ');
}

function isFields(shape: unknown): shape is Record<string, unknown> {
  return typeof shape === 'object' && shape !== null && !Array.isArray(shape);
}
