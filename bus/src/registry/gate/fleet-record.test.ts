import { create } from '@bufbuild/protobuf';
import { FleetContractSchema } from '@busline/schemas/busline/registry/v1/registry';
import { describe, expect, it } from 'vitest';
import { withJoined } from './fleet-record.ts';

const contracts = (...digests: string[]) =>
  digests.map((digest) => create(FleetContractSchema, { digest, worker: 'w', version: '1.0.0' }));
const joined = { digest: 'x', worker: 'things', version: '1.2.0' };
const none: ReadonlySet<string> = new Set();
const known = { isNew: false, served: none, forget: none };

const digestsAfter = (before: ReturnType<typeof contracts>, facts: Partial<typeof known>): string[] =>
  withJoined(before, joined, { ...known, ...facts }).map(({ digest }) => digest);

describe('withJoined()', () => {
  it('puts the joined contract last, with who joined', () => {
    expect(withJoined([], joined, known)).toMatchObject([joined]);
    expect(digestsAfter(contracts('a', 'b'), {})).toEqual(['a', 'b', 'x']);
  });

  it('has a contract that comes back once, at its new place', () => {
    expect(digestsAfter(contracts('x', 'b'), {})).toEqual(['b', 'x']);
  });

  it('keeps versions that nobody serves as long as only known ones come and go', () => {
    expect(digestsAfter(contracts('a', 'x', 'b'), { served: none })).toEqual(['a', 'b', 'x']);
  });

  it('forgets them when a new version comes, except the one that was served last', () => {
    expect(digestsAfter(contracts('a', 'b', 'c'), { isNew: true, served: new Set(['b']) })).toEqual([
      'b',
      'c',
      'x',
    ]);
    expect(digestsAfter(contracts('a', 'b', 'c'), { isNew: true })).toEqual(['c', 'x']);
  });

  it('forgets what the new contract breaks', () => {
    expect(digestsAfter(contracts('a', 'b'), { forget: new Set(['b']) })).toEqual(['a', 'x']);
  });
});
