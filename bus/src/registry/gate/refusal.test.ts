import { PreconditionFailureSchema } from '@busline/schemas/google/rpc/error_details';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { faultReason } from '../../errors/fault.ts';
import type { BreakingChange } from '../compatibility/breaking-change.ts';
import type { ContractBreak } from './judge.ts';
import { breakText, contractBroken } from './refusal.ts';

const change: BreakingChange = {
  path: 'orders.v1.Order.total (field 4)',
  rule: 'FIELD_WIRE_JSON_COMPATIBLE_TYPE',
  category: 'json',
  message: 'the type changed from int32 to int64; add a new field instead',
};
const found: ContractBreak = {
  service: 'orders.v1.OrderService',
  member: { worker: 'orders', version: '1.4.0', digest: 'sha256-00' },
  standing: 'runs',
  changes: [change],
};

describe('breakText()', () => {
  it('has each change on lines of its own', () => {
    expect(breakText(found).split('\n')).toEqual([
      'orders.v1.OrderService, which is served now by orders 1.4.0:',
      '  orders.v1.Order.total (field 4)',
      '    FIELD_WIRE_JSON_COMPATIBLE_TYPE (json): the type changed from int32 to int64; add a new field instead',
    ]);
  });

  it('says when nobody serves', () => {
    const [head] = breakText({ ...found, standing: 'ran last' }).split('\n');
    expect(head).toBe('orders.v1.OrderService, which was served last by orders 1.4.0:');
  });

  it('is bounded', () => {
    const changes = Array.from({ length: 1_000 }, () => change);
    const lines = breakText({ ...found, changes }).split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([102, '  … and 950 more']);
  });
});

describe('contractBroken()', () => {
  const error = contractBroken('orders', [found]);

  it('is FAILED_PRECONDITION with the changes as details', () => {
    expect([error.code, faultReason(error)]).toEqual([Code.FailedPrecondition, 'CONTRACT_BROKEN']);
    expect(error.findDetails(PreconditionFailureSchema)).toMatchObject([
      { violations: [{ type: change.rule, subject: change.path, description: change.message }] },
    ]);
  });

  it('says in words what breaks and what to do', () => {
    expect(error.rawMessage).toBe(
      [
        'worker orders does not join: its contract breaks',
        breakText(found),
        'Mend the contract, or set BUSLINE_CONTRACT_GATE=warn to join all the same.',
      ].join('\n'),
    );
  });
});
