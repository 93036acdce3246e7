import { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { FieldViolation, formatPath, shorten, violationError, within } from './field-violation.ts';

describe('formatPath()', () => {
  it.each([
    [[], ''],
    [['name'], 'name'],
    [['items', 0, 'name'], 'items[0].name'],
    [[0, 1], '[0][1]'],
    [['labels', { mapKey: 'a"b' }, 'x'], 'labels["a\\"b"].x'],
    [['x'.repeat(70), 'y'], `${'x'.repeat(64)}….y`],
    [['\ud800'], '\ufffd'],
    [['labels', { mapKey: '\udfff' }], 'labels["\ufffd"]'],
  ])('%j', (path, text) => {
    expect(formatPath(path)).toBe(text);
  });
});

describe('shorten()', () => {
  it('leaves no half of a pair where it cuts', () => {
    expect(shorten(`${'x'.repeat(63)}🙂🙂`)).toBe(`${'x'.repeat(63)}\ufffd…`);
  });
});

describe('within()', () => {
  it('puts a step in front, and leaves other errors alone', () => {
    const outer = within('items', within(2, new FieldViolation('bad', ['name'])));
    expect(outer).toMatchObject({ path: ['items', 2, 'name'], description: 'bad' });
    const other = new Error('other');
    expect(within('items', other)).toBe(other);
  });
});

describe('violationError()', () => {
  it('names the field in its text and in a BadRequest', () => {
    const error = violationError(new FieldViolation('bad', ['a', 0]), 'request body');
    expect(error).toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: 'request body: a[0]: bad',
      details: [{ value: { fieldViolations: [{ field: 'a[0]', description: 'bad' }] } }],
    });
  });

  it('has no detail where there is no field', () => {
    expect(violationError(new FieldViolation('not UTF-8'), 'request body')).toMatchObject({
      rawMessage: 'request body: not UTF-8',
      details: [],
    });
  });
});
