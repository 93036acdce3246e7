import { describe, expect, it } from 'vitest';
import { withDecisionIndex } from './decision-index.ts';
import { type DecisionRecord, parseDecisionRecord } from './decision-record.ts';

const GOOD = `# 0001. A choice

- Status: accepted
- Date: 2026-11-23

## Context

Why.

## Decision

What.

## Consequences

Then.
`;

describe('parseDecisionRecord()', () => {
  it('reads number, title, status and date', () => {
    expect(parseDecisionRecord('0001-a-choice.md', GOOD)).toEqual({
      fileName: '0001-a-choice.md',
      number: 1,
      title: 'A choice',
      status: 'accepted',
      date: '2026-11-23',
    });
  });

  it('accepts a superseded record', () => {
    const text = GOOD.replace('accepted', 'superseded by 0002');
    expect(parseDecisionRecord('0001-a-choice.md', text).status).toBe('superseded by 0002');
  });

  it.each([
    ['a file name without number', 'choice.md', GOOD, 'the file name is not'],
    ['another number in the title', '0002-a-choice.md', GOOD, "number 0001 is not the file's"],
    ['no title', '0001-a-choice.md', GOOD.replace('# 0001. ', '# '), 'the first line is not'],
    ['an unknown status', '0001-a-choice.md', GOOD.replace('accepted', 'done'), '"- Status: done"'],
    ['a missing date', '0001-a-choice.md', GOOD.replace('- Date: 2026-11-23\n', ''), '"- Date: "'],
    ['an impossible date', '0001-a-choice.md', GOOD.replace('2026-11-23', '2026-13-23'), '2026-13-23'],
    ['a missing section', '0001-a-choice.md', GOOD.replace('## Decision', 'Decision'), 'the sections are'],
    ['an empty section', '0001-a-choice.md', GOOD.replace('What.', ''), '"Decision" is empty'],
  ])('refuses %s', (_what, fileName, text, problem) => {
    expect(() => parseDecisionRecord(fileName, text)).toThrow(problem);
  });

  it('names every problem at once', () => {
    const text = GOOD.replace('accepted', 'done').replace('2026-11-23', 'today');
    expect(() => parseDecisionRecord('0001-a-choice.md', text)).toThrow(/Status: done.*Date: today/);
  });
});

describe('withDecisionIndex()', () => {
  const README =
    '# Decisions\n\n<!-- index: written by scripts/adr-index.ts -->\nold\n<!-- end of index -->\ntail\n';
  const record = (number: number): DecisionRecord => ({
    fileName: `000${number}-x.md`,
    number,
    title: `Choice ${number}`,
    status: 'accepted',
    date: '2026-11-23',
  });

  it('replaces what stands between the markers, sorted, and is stable', () => {
    const once = withDecisionIndex(README, [record(2), record(1)]);
    expect(once).toContain(
      '| [0001](0001-x.md) | Choice 1 | accepted | 2026-11-23 |\n| [0002](0002-x.md) | Choice 2 |',
    );
    expect(once).not.toContain('old');
    expect(once).toMatch(/<!-- end of index -->\ntail\n$/);
    expect(withDecisionIndex(once, [record(1), record(2)])).toBe(once);
  });

  it('refuses the same number twice', () => {
    expect(() => withDecisionIndex(README, [record(1), record(1)])).toThrow('has the same number');
  });

  it('refuses a page without markers', () => {
    expect(() => withDecisionIndex('# Decisions\n', [record(1)])).toThrow('needs the lines');
  });
});
