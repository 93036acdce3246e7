/** Where SQLite and Postgres differ. Statements are written with `$1`, `$2` … for both. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** Column type and constraint of a primary key that counts up and never comes twice. */
  readonly countedKey: string;
  readonly bytes: string;
  /** The database's clock, in milliseconds since 1970: the one clock that all processes share. */
  readonly nowMs: string;
  /** A subquery of the whole numbers in a parameter that is a JSON array. */
  numbersIn(parameter: string): string;
}

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  countedKey: 'INTEGER PRIMARY KEY AUTOINCREMENT',
  bytes: 'BLOB',
  nowMs: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
  numbersIn: (parameter) => `SELECT value FROM json_each(${parameter})`,
};

export const postgresDialect: Dialect = {
  name: 'postgres',
  countedKey: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  bytes: 'BYTEA',
  // Not now(): that is when the transaction began.
  nowMs: '(extract(epoch FROM clock_timestamp()) * 1000)::bigint',
  numbersIn: (parameter) => `SELECT value::bigint FROM json_array_elements_text(${parameter}::json)`,
};

/**
 * A table name that may stand in SQL as it is.
 *
 * @throws TypeError for any other.
 */
export function tableName(option: string, name: string): string {
  // Postgres cuts names after 63 bytes; the rest is for what is derived from it.
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(name)) {
    throw new TypeError(
      `${option} must be 1 to 40 lower-case letters, digits and _, not beginning with a digit; it is "${name}"`,
    );
  }
  return name;
}
