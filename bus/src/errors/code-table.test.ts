import { readFileSync } from 'node:fs';
import type { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { codeTable } from './code-table.ts';

/** Name, number and HTTP status of each code, as google.rpc.Code documents them in its own comments. */
function documentedCodes(): [name: string, code: number, httpStatus: number][] {
  const proto = new URL('../../../schemas/third_party/google/rpc/code.proto', import.meta.url);
  const entry = /HTTP Mapping: (\d{3}) [^\n]*\n\s+([A-Z_]+) = (\d+);/g;
  return [...readFileSync(proto, 'utf8').matchAll(entry)].map(([, status, name, code]) => [
    String(name),
    Number(code),
    Number(status),
  ]);
}

describe('codeTable', () => {
  const [ok, ...errors] = documentedCodes();

  it('has a row for each of the sixteen error codes, and for nothing else', () => {
    expect(ok).toEqual(['OK', 0, 200]);
    expect(errors.map(([, code]) => code).toSorted((a, b) => a - b)).toEqual(
      Object.keys(codeTable).map(Number),
    );
    expect(errors).toHaveLength(16);
  });

  it.each(errors)('%s (%i) has the HTTP status %i', (name, code, httpStatus) => {
    expect(codeTable[code as Code]).toMatchObject({ name, httpStatus });
  });

  it('says which codes are worth another try', () => {
    const retryable = Object.values(codeTable).filter((meaning) => meaning.retryable);
    expect(retryable.map(({ name }) => name)).toEqual(['RESOURCE_EXHAUSTED', 'ABORTED', 'UNAVAILABLE']);
  });

  it('says which codes make an event a dead letter', () => {
    const dead = Object.values(codeTable).filter(({ eventFate }) => eventFate === 'dead-letter');
    expect(dead.map(({ name }) => name)).toEqual([
      'INVALID_ARGUMENT',
      'NOT_FOUND',
      'ALREADY_EXISTS',
      'PERMISSION_DENIED',
      'FAILED_PRECONDITION',
      'OUT_OF_RANGE',
      'UNIMPLEMENTED',
      'DATA_LOSS',
      'UNAUTHENTICATED',
    ]);
  });

  it('retries every event that a call would retry', () => {
    const lost = Object.values(codeTable).filter((row) => row.retryable && row.eventFate !== 'retry');
    expect(lost).toEqual([]);
  });
});
