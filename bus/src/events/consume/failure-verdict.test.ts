import { DeadLetterReason } from '@busline/schemas/busline/deadletters/v1/deadletters';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { codeTable } from '../../errors/code-table.ts';
import { failureVerdict } from './failure-verdict.ts';

const limits = { maxAttempts: 3, firstDelayMs: 100, maxDelayMs: 1_000 };
const codes = Object.keys(codeTable).map(Number) as Code[];
const terminal = codes.filter((code) => codeTable[code].eventFate === 'dead-letter');
const passing = codes.filter((code) => codeTable[code].eventFate === 'retry');

describe('failureVerdict()', () => {
  it.each(terminal.map((code) => codeTable[code].name))('gives up at once after %s', (name) => {
    const code = terminal.find((each) => codeTable[each].name === name) ?? Code.Unknown;
    expect(failureVerdict(new ConnectError('no', code), 1, limits)).toEqual({
      kind: 'dead-letter',
      reason: DeadLetterReason.TERMINAL_ERROR,
    });
  });

  it.each(passing.map((code) => codeTable[code].name))('tries again after %s', (name) => {
    const code = passing.find((each) => codeTable[each].name === name) ?? Code.InvalidArgument;
    expect(failureVerdict(new ConnectError('no', code), 1, limits).kind).toBe('again');
  });

  it.each([
    { attempt: 1, kind: 'again' },
    { attempt: 2, kind: 'again' },
    { attempt: 3, kind: 'dead-letter' },
    { attempt: 4, kind: 'dead-letter' },
  ])('of anything else after attempt $attempt is $kind', ({ attempt, kind }) => {
    expect(failureVerdict(new Error('boom'), attempt, limits).kind).toBe(kind);
    expect(failureVerdict('boom', attempt, limits).kind).toBe(kind);
  });
});
