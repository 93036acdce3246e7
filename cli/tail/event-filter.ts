import type { JsonValue } from '@bufbuild/protobuf';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

/** Whether an event, as JSON, is wanted. */
export type EventFilter = (event: JsonValue) => boolean;

const shape = /^([A-Za-z_][\w.]*)(!=|=|~|>|<)(.*)$/s;

/**
 * Reads tests of fields: `total.units>5`, `customerId=ada`, `lines.sku~tea`. All of them must hold. A path leads through lists
 * to each of their items; one that fits is enough.
 *
 * @throws CommandFailure for what is no test.
 */
export function parseFilters(tests: readonly string[]): EventFilter {
  const filters = tests.map((text): EventFilter => {
    const [, path, operator, wanted] = shape.exec(text) ?? [];
    if (path === undefined || operator === undefined || wanted === undefined) throw unusable(text);
    const holds = comparison(operator, wanted, text);
    const parts = path.split('.');
    return (event) => {
      const values = valuesAt(event, parts);
      return operator === '!=' ? values.every(holds) : values.some(holds);
    };
  });
  return (event) => filters.every((filter) => filter(event));
}

function comparison(operator: string, wanted: string, text: string): (value: JsonValue) => boolean {
  switch (operator) {
    case '=':
      return (value) => textOf(value) === wanted;
    case '!=':
      return (value) => textOf(value) !== wanted;
    case '~':
      return (value) => textOf(value).toLowerCase().includes(wanted.toLowerCase());
    default: {
      const limit = Number(wanted);
      if (wanted.trim() === '' || Number.isNaN(limit)) throw unusable(text);
      return operator === '>'
        ? (value) => Number(textOf(value)) > limit
        : (value) => Number(textOf(value)) < limit;
    }
  }
}

function valuesAt(value: JsonValue | undefined, [first, ...rest]: readonly string[]): JsonValue[] {
  if (Array.isArray(value))
    return value.flatMap((item) => valuesAt(item, first === undefined ? [] : [first, ...rest]));
  if (value === undefined) return [];
  if (first === undefined) return [value];
  return typeof value === 'object' && value !== null ? valuesAt(value[first], rest) : [];
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function unusable(text: string): CommandFailure {
  return new CommandFailure({
    code: 'USAGE',
    exitCode: ExitCode.usage,
    what: `--filter ${text} cannot be used`,
    why: 'it is a path of JSON names, one of = != ~ > <, and a value',
    hint: "such as --filter customerId=ada or --filter 'total.units>5'",
  });
}
