import { describe, expect, it } from 'vitest';
import { versions } from '../testing/contract-version.ts';
import { type FleetMember, judge, type VersionedContract } from './judge.ts';

type Version = keyof typeof versions;

const contract = (version: Version, facts: Partial<VersionedContract> = {}): VersionedContract => ({
  desc: versions[version],
  digest: version,
  worker: 'things',
  version: '1.0.0',
  announced: undefined,
  ...facts,
});
const member = (version: Version, facts: Partial<FleetMember> = {}): FleetMember => ({
  ...contract(version),
  announced: 1,
  alive: true,
  ...facts,
});
const digests = (breaks: readonly { readonly member: { readonly digest: string } }[]) =>
  breaks.map((found) => found.member.digest);

describe('judge()', () => {
  it('lets the first worker in', () => {
    expect(judge(contract('first'), [])).toEqual({ breaks: [], gone: [] });
  });

  it('lets in what is compatible with all that is served', () => {
    expect(judge(contract('second'), [member('first')])).toEqual({ breaks: [], gone: [] });
  });

  it('says what breaks, and whose contract it is', () => {
    const { breaks } = judge(contract('retyped', { version: '2.0.0' }), [
      member('first', { version: '1.4.0' }),
    ]);
    expect(breaks).toEqual([
      {
        service: 'version.v1.ThingService',
        member: { worker: 'things', version: '1.4.0', digest: 'first' },
        standing: 'runs',
        changes: [
          expect.objectContaining({
            path: 'version.v1.Thing.count (field 2)',
            rule: 'FIELD_WIRE_JSON_COMPATIBLE_TYPE',
          }),
        ],
      },
    ]);
  });

  it('compares with each version that is served', () => {
    const members = [member('first'), member('second', { announced: 2 })];
    expect(digests(judge(contract('renumbered'), members).breaks)).toEqual(['second']);
    expect(digests(judge(contract('retyped'), members).breaks)).toEqual(['first', 'second']);
  });

  it('holds the last version against a worker when nobody serves', () => {
    const members = [member('first', { alive: false }), member('second', { alive: false, announced: 2 })];
    const { breaks, gone } = judge(contract('renumbered'), members);
    expect(digests(breaks)).toEqual(['second']);
    expect(breaks[0]?.standing).toBe('ran last');
    expect(gone).toEqual([]);
  });

  it('does not hold a version against it that was rolled back', () => {
    const rolledBack = [member('second', { alive: false, announced: 2 }), member('first')];
    const { breaks, gone } = judge(contract('renumbered'), rolledBack);
    expect([digests(breaks), digests(gone)]).toEqual([[], ['second']]);
    const deserted = rolledBack.map((one) => ({ ...one, alive: false }));
    expect(digests(judge(contract('renumbered'), deserted).breaks)).toEqual([]);
  });

  it('does not count as last what was never announced: that worker failed on its way in', () => {
    const members = [
      member('first', { alive: false }),
      member('retyped', { alive: false, announced: undefined }),
    ];
    const { breaks, gone } = judge(contract('second'), members);
    expect([digests(breaks), digests(gone)]).toEqual([[], ['retyped']]);
  });

  describe('by age', () => {
    const newer = member('second', { announced: 7, version: '1.1.0' });

    it('lets an older version back in beside the one that followed it', () => {
      expect(judge(contract('first', { announced: 3 }), [newer]).breaks).toEqual([]);
    });

    it('takes a version that was never announced for the newer', () => {
      const { breaks } = judge(contract('first', { version: '1.1.0' }), [newer]);
      expect(breaks[0]?.changes.map(({ rule }) => rule)).toContain('FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED');
    });

    it('unless the worker itself says that it is older', () => {
      expect(judge(contract('first', { version: '1.0.9' }), [newer]).breaks).toEqual([]);
      expect(judge(contract('first', { version: '1.0.9', worker: 'other' }), [newer]).breaks).toHaveLength(1);
    });

    it('minds no version number where the step breaks nothing', () => {
      const older = member('first', { version: '1.4.0' });
      expect(judge(contract('second', { version: '1.0.0' }), [older]).breaks).toEqual([]);
    });

    it('lets an older version back in that the newer one, let in by override, had broken', () => {
      const forced = member('first', { announced: 7 });
      expect(judge(contract('second', { announced: 3 }), [forced]).breaks).toEqual([]);
    });

    it('refuses an older version too where it contradicts', () => {
      const { breaks } = judge(contract('retyped', { announced: 3 }), [newer]);
      expect(breaks).toHaveLength(1);
    });
  });
});
