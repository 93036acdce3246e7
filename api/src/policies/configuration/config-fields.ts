/**
 * Reads an object of a configuration file field by field. Every fault is a TypeError that names the place, and what is
 * left over at the end is one too: a misspelled setting must not be a missing one.
 */
export interface ConfigFields {
  /** The names of the fields there are. */
  readonly names: readonly string[];
  text(name: string, expected?: TextShape): string;
  optionalText(name: string, expected?: TextShape): string | undefined;
  optionalTexts(name: string, expected?: TextShape): readonly string[] | undefined;
  optionalFlag(name: string): boolean | undefined;
  number(name: string, range: NumberRange): number;
  optionalNumber(name: string, range: NumberRange): number | undefined;
  /** A point in time, as RFC 3339 has it. */
  optionalTime(name: string): Date | undefined;
  list<T>(name: string, read: ReadItem<T>): readonly T[];
  required<T>(name: string, read: ReadItem<T>): T;
  optional<T>(name: string, read: ReadItem<T>): T | undefined;
  pathOf(name: string): string;
  /** @throws TypeError naming the first field that nobody asked for */
  end(): void;
}

export type ReadItem<T> = (value: unknown, path: string) => T;

export interface TextShape {
  readonly shape: RegExp;
  /** What the text must be: `an http or https URL`. */
  readonly what: string;
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Default true. */
  readonly whole?: boolean;
}

const notEmpty: TextShape = { shape: /./s, what: 'text that is not empty' };

/** @throws TypeError when the text is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TypeError(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * @param path of the object, '' for the whole file
 * @throws TypeError when it is no object
 */
export function fieldsOf(value: unknown, path: string): ConfigFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw mustBe(path, 'an object', value);
  const object = new Map<string, unknown>(Object.entries(value));
  const asked = new Set<string>();
  const pathOf = (name: string): string => (path === '' ? name : `${path}.${name}`);

  function take<T>(name: string, read: ReadItem<T>): T | undefined {
    asked.add(name);
    const field = object.get(name);
    return field === undefined ? undefined : read(field, pathOf(name));
  }

  function needed<T>(name: string, read: ReadItem<T>): T {
    const field = take(name, read);
    if (field === undefined) throw new TypeError(`${pathOf(name)} is missing`);
    return field;
  }

  return {
    names: [...object.keys()],
    pathOf,
    text: (name, expected) => needed(name, readText(expected)),
    optionalText: (name, expected) => take(name, readText(expected)),
    optionalTexts: (name, expected) => take(name, readList(readText(expected))),
    optionalFlag: (name) => take(name, readFlag),
    number: (name, range) => needed(name, readNumber(range)),
    optionalNumber: (name, range) => take(name, readNumber(range)),
    optionalTime: (name) => take(name, readTime),
    list: (name, read) => needed(name, readList(read)),
    required: needed,
    optional: take,
    end() {
      const rest = [...object.keys()].filter((name) => !asked.has(name));
      if (rest.length === 0) return;
      const known = [...asked].join(', ');
      throw new TypeError(`${pathOf(rest[0] as string)} is no setting; there are ${known}`);
    },
  };
}

export function readText({ shape, what }: TextShape = notEmpty): ReadItem<string> {
  return (value, path) => {
    if (typeof value !== 'string' || !shape.test(value)) throw mustBe(path, what, value);
    return value;
  };
}

export function readList<T>(read: ReadItem<T>): ReadItem<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw mustBe(path, 'a list', value);
    return value.map((item, index) => read(item, `${path}[${index}]`));
  };
}

function readNumber({ min, max, whole = true }: NumberRange): ReadItem<number> {
  return (value, path) => {
    const fits =
      typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value));
    if (!fits) throw mustBe(path, `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`, value);
    return value;
  };
}

function readFlag(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw mustBe(path, 'true or false', value);
  return value;
}

/** RFC 3339, section 5.6. */
const timeShape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

function readTime(value: unknown, path: string): Date {
  const time = typeof value === 'string' && timeShape.test(value) ? new Date(value) : undefined;
  if (time === undefined || Number.isNaN(time.getTime()))
    throw mustBe(path, 'a time such as "2027-01-31T00:00:00Z"', value);
  return time;
}

function mustBe(path: string, what: string, value: unknown): TypeError {
  const given = JSON.stringify(value) ?? 'nothing';
  const shown = given.length > 60 ? `${given.slice(0, 57)}...` : given;
  return new TypeError(`${path === '' ? 'the file' : path} must be ${what}, not ${shown}`);
}
