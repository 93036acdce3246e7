import type { DescService, FileRegistry } from '@bufbuild/protobuf';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { describe, expect, it } from 'vitest';
import { type BreakingChange, breakingRules } from './breaking-change.ts';
import { breakingChanges } from './breaking-changes.ts';
import { type BufAnnotation, bufVerdicts } from './testing/buf-verdicts.ts';
import { type ContractChange, contractChanges } from './testing/contract-changes.ts';

const packageOf = (index: number): string => `case${index}`;
const fileOf = (index: number): string => `${packageOf(index)}/contract.proto`;
const sources = (version: 'before' | 'after'): Record<string, string> =>
  Object.fromEntries(
    contractChanges.map((change, index) => [
      fileOf(index),
      change[version].replace('PACKAGE', packageOf(index)),
    ]),
  );

const verdicts = bufVerdicts(sources('before'), sources('after'));
const service = (registry: FileRegistry, index: number): DescService =>
  registry.getService(`${packageOf(index)}.S`) ?? expect.fail(`case ${index} has no service`);

/** A change as the table writes it. */
function ours({ rule, path }: BreakingChange): string {
  const [, extension] = /\(extension (\d+) /.exec(path) ?? [];
  if (extension !== undefined) return `${rule} extension ${extension}`;
  const [, parent, number] = /(\w+)\.\w+ \((?:field|value) (\d+)\)$/.exec(path) ?? [];
  if (parent !== undefined) return `${rule} ${parent} ${number}`;
  const depth = rule.startsWith('RPC_') ? 2 : 1;
  return `${rule} ${path.split('.').slice(-depth).join('.')}`;
}

/** An annotation of buf as the table writes it; the element is in its text only. */
function bufs({ rule, message }: BufAnnotation): string {
  const [, extension] = /^Extension "(\d+)"/.exec(message) ?? [];
  if (extension !== undefined) return `${rule} extension ${extension}`;
  const patterns: readonly [RegExp, string][] = [
    [/^Previously present field "(\d+)".* on message "([\w.]+)" was deleted/, '$2 $1'],
    [/^Previously present enum value "(-?\d+)" on enum "(\w+)"/, '$2 $1'],
    [/^Previously present reserved .* on (?:message|enum) "(\w+)"/, '$1'],
    [/^Field "(\d+)".* on message "([\w.]+)"/, '$2 $1'],
    [/^Enum value "(-?\d+)" on enum "(\w+)"/, '$2 $1'],
    [/^Message "(\w+)" had required field "(\d+)"/, '$1 $2'],
    [/^RPC "(\w+)" on service "(\w+)"/, '$2.$1'],
    [/^(?:Message|Enum) "(\w+)" JSON format/, '$1'],
  ];
  const [pattern, form] = patterns.find(([candidate]) => candidate.test(message)) ?? expect.fail(message);
  const [match] = pattern.exec(message) ?? [];
  return `${rule} ${match?.replace(pattern, form)}`;
}

const sorted = (items: Iterable<string>): string[] => [...new Set(items)].sort();

describe('breakingChanges()', () => {
  const cases = contractChanges.map((change, index) => [change.name, index, change] as const);

  it.each(cases)('%s', (_, index, change: ContractChange) => {
    const found = breakingChanges(service(verdicts.before, index), service(verdicts.after, index));
    expect(sorted(found.map(ours))).toEqual(sorted(change.breaks));
    expect(found.map(({ path }) => path.startsWith(`${packageOf(index)}.`))).toEqual(found.map(() => true));
  });

  it.each(cases)('as buf breaking: %s', (_, index, { breaks, unreachable = [], bufName }: ContractChange) => {
    const [our, their] = bufName ?? ['', ''];
    const expected = breaks.map((line) => (our === '' ? line : line.replace(our, their)));
    const found = (verdicts.breaks.get(fileOf(index)) ?? []).map(bufs);
    expect(sorted(found)).toEqual(sorted([...expected, ...unreachable]));
  });

  it('has every rule in the table, so that each is compared with buf', () => {
    const inTable = contractChanges.flatMap(({ breaks }) => breaks.map((line) => line.split(' ')[0]));
    expect(sorted(inTable as string[])).toEqual(Object.keys(breakingRules).sort());
  });

  it('tells what only JSON suffers from what the wire does', () => {
    const categories = new Map(
      cases.map(([name, index]) => [
        name,
        breakingChanges(service(verdicts.before, index), service(verdicts.after, index))[0]?.category,
      ]),
    );
    expect(categories.get('int32 to int64, a string in JSON')).toBe('json');
    expect(categories.get('string to bytes')).toBe('json');
    expect(categories.get('bytes to string')).toBe('wire');
    expect(categories.get('a map to a list')).toBe('json');
    expect(categories.get('single to repeated')).toBe('wire');
    expect(categories.get('a renamed field')).toBe('json');
    expect(categories.get('a deleted field')).toBe('wire');
  });

  it('finds nothing between a service and itself', () => {
    expect(breakingChanges(GreetService, GreetService)).toEqual([]);
  });

  it('names the element in full and says what to do', () => {
    const index = contractChanges.findIndex(({ name }) => name === 'int32 to sint32');
    expect(breakingChanges(service(verdicts.before, index), service(verdicts.after, index))).toEqual([
      {
        path: `${packageOf(index)}.Request.a (field 1)`,
        rule: 'FIELD_WIRE_JSON_COMPATIBLE_TYPE',
        category: 'wire',
        message: 'the type changed from int32 to sint32; add a new field instead',
      },
    ]);
  });
});
