import { findNatsServer } from '@busline/infra/nats';
import { describe, expect, it } from 'vitest';
import { SUBJECTS } from '../subjects/catalog.ts';
import { measureOnce } from './measure-once.ts';

const TIMING = { warmUpMs: 50, windowMs: 300 };

describe('measureOnce()', () => {
  it.each(SUBJECTS.map((subject) => [subject.name, subject] as const))(
    'measures %s in processes of its own',
    async (_name, subject) => {
      const natsServer = await findNatsServer();
      const load = { payloadBytes: 32, inFlight: 1 };
      const sample = await measureOnce(subject, { load, timing: TIMING, natsServer });
      expect(sample.callsPerSecond).toBeGreaterThan(0);
      expect(sample.latencyUs?.p99).toBeGreaterThanOrEqual(sample.latencyUs?.p50 ?? Number.NaN);
      expect(sample.cpuUs.caller).toBeGreaterThan(0);
      expect(sample.cpuUs.server).toBeGreaterThan(0);
    },
  );

  it('tells why a side did not start', async () => {
    const natsServer = await findNatsServer();
    const missing = { ...SUBJECTS[0], name: 'no-such-subject', needsBroker: false };
    const load = { payloadBytes: 32, inFlight: 1 };
    const broken = { ...missing, title: '', loadServer: reject, loadClient: reject };
    await expect(measureOnce(broken, { load, timing: TIMING, natsServer })).rejects.toThrow(
      'no subject called "no-such-subject"',
    );
  });
});

async function reject(): Promise<never> {
  throw new Error('never loaded in this process');
}
