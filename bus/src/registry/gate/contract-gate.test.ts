import { describe, expect, it } from 'vitest';
import { type ContractGate, contractGate } from './contract-gate.ts';

describe('contractGate()', () => {
  it.each([
    [undefined, {}, 'refuse'],
    [undefined, { BUSLINE_CONTRACT_GATE: '' }, 'refuse'],
    ['warn', {}, 'warn'],
    ['off', {}, 'off'],
    ['refuse', { BUSLINE_CONTRACT_GATE: 'warn' }, 'warn'],
    ['off', { BUSLINE_CONTRACT_GATE: 'refuse' }, 'refuse'],
  ] as const)('of %s in code and %o in the environment is %s', (option, env, gate) => {
    expect(contractGate(option, env)).toBe(gate);
  });

  it('names the setting that cannot be used', () => {
    expect(() => contractGate(undefined, { BUSLINE_CONTRACT_GATE: 'no' })).toThrow(
      'BUSLINE_CONTRACT_GATE must be refuse, warn, off, not "no"',
    );
    expect(() => contractGate('on' as ContractGate, {})).toThrow(
      'contractGate must be refuse, warn, off, not "on"',
    );
  });
});
