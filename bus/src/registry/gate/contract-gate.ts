/**
 * What becomes of a worker whose contract breaks that of its fleet (docs/lifecycle.md, "The contract gate").
 * `refuse`: it does not join. `warn`: it joins and logs what breaks. `off`: nobody looks.
 */
export type ContractGate = 'refuse' | 'warn' | 'off';

const gates: readonly string[] = ['refuse', 'warn', 'off'] satisfies ContractGate[];

const variable = 'BUSLINE_CONTRACT_GATE';

/**
 * The gate to apply: by `BUSLINE_CONTRACT_GATE`, else as the code says, else `refuse`. The environment comes first,
 * because whoever deploys must be able to override without another build.
 *
 * @throws TypeError naming the setting that is none of the three.
 */
export function contractGate(
  option: ContractGate | undefined,
  env: NodeJS.ProcessEnv = process.env,
): ContractGate {
  const text = env[variable];
  if (text !== undefined && text !== '') return checked(variable, text);
  return option === undefined ? 'refuse' : checked('contractGate', option);
}

function checked(setting: string, value: string): ContractGate {
  if (!gates.includes(value)) throw new TypeError(`${setting} must be ${gates.join(', ')}, not "${value}"`);
  return value as ContractGate;
}
