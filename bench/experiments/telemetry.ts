import { measureOnce } from '../measure/measure-once.ts';
import { OURS } from '../subjects/catalog.ts';
import { TELEMETRY_SUBJECTS } from '../subjects/telemetry/catalog.ts';
import { busVersions } from './bus-case.ts';
import { cpuSumUs, type Experiment } from './experiment.ts';

/** What the default stands for among its peers. */
const DEFAULT_SUBJECT = 'telemetry-on';

/** What telemetry may take, as a part of what there is without: a tenth. */
const GOALS: Readonly<Record<string, number>> = { 'telemetry-off': 0.9, 'telemetry-absent': 0.9 };

const load = { payloadBytes: 32, atOnce: 64 };

/** The cost of telemetry: the same calls as it is by default, switched off, never started, and with every call recorded. */
export const telemetry: Experiment = {
  name: 'telemetry',
  cases: [
    {
      id: `telemetry-${load.payloadBytes}B-${load.atOnce}`,
      load,
      contestants: TELEMETRY_SUBJECTS.map((subject) => ({
        name: subject.name === DEFAULT_SUBJECT ? OURS : subject.name,
        measure: (settings) => measureOnce(subject, { experiment: 'unary', load, ...settings }),
      })),
    },
  ],
  figure: (_load, { perSecond }) => ({ value: perSecond, unit: 'calls/s' }),
  goal: (peer) => GOALS[peer] ?? null,
  comparedCpuUs: cpuSumUs,
  versions: busVersions,
};
