import { findNatsServer } from '@busline/infra/nats';
import { describe, expect, it } from 'vitest';
import { SUBJECTS } from '../subjects/catalog.ts';
import { measureOnce } from './measure-once.ts';

const TIMING = { warmUpMs: 50, windowMs: 300 };

describe('measureOnce()', () => {
  it.each(SUBJECTS.map((subject) => [subject.name, subject] as const))(
    'measures calls by %s in processes of its own',
    async (_name, subject) => {
      const natsServer = await findNatsServer();
      const load = { payloadBytes: 32, atOnce: 1 };
      const sample = await measureOnce(subject, { experiment: 'unary', load, timing: TIMING, natsServer });
      expect(sample.perSecond).toBeGreaterThan(0);
      expect(sample.latencyUs?.p99).toBeGreaterThanOrEqual(sample.latencyUs?.p50 ?? Number.NaN);
      expect(sample.cpuUs.caller).toBeGreaterThan(0);
      expect(sample.cpuUs.server).toBeGreaterThan(0);
    },
  );

  it.each(SUBJECTS.filter(({ hasStreams }) => hasStreams).map((subject) => [subject.name, subject] as const))(
    'measures a stream by %s in processes of its own',
    async (_name, subject) => {
      const natsServer = await findNatsServer();
      const load = { payloadBytes: 65_536, atOnce: 1 };
      const sample = await measureOnce(subject, { experiment: 'streams', load, timing: TIMING, natsServer });
      expect(sample.perSecond).toBeGreaterThan(0);
      expect(sample.latencyUs).toBeUndefined();
      expect(sample.cpuUs.caller).toBeGreaterThan(0);
      expect(sample.cpuUs.server).toBeGreaterThan(0);
    },
  );

  it('tells why a side did not start', async () => {
    const natsServer = await findNatsServer();
    const missing = { name: 'no-such-subject', title: '', needsBroker: false, hasStreams: false };
    const load = { payloadBytes: 32, atOnce: 1 };
    const broken = { ...missing, loadServer: reject, loadClient: reject };
    await expect(
      measureOnce(broken, { experiment: 'unary', load, timing: TIMING, natsServer }),
    ).rejects.toThrow('no subject called "no-such-subject"');
  });
});

async function reject(): Promise<never> {
  throw new Error('never loaded in this process');
}
