import { findNatsServer } from '@busline/infra/nats';
import { describe, expect, it } from 'vitest';
import { EDGE_SUBJECTS } from './catalog.ts';
import type { NoteFormat } from './edge-subject.ts';
import { measureEdge } from './measure-edge.ts';
import { isReady } from './peers/missing-peers.ts';

const options = async (format: NoteFormat) => ({
  format,
  load: { payloadBytes: 32, atOnce: 4 },
  timing: { warmUpMs: 50, windowMs: 300 },
  natsServer: await findNatsServer(),
});
const cases = EDGE_SUBJECTS.flatMap((subject) =>
  (Object.keys(subject.paths) as NoteFormat[]).map((format) => ({ name: subject.name, format, subject })),
);
// Nothing is installed by a test: what the bench has not fetched yet is not tested.
const [ready, missing] = [true, false].map((wanted) =>
  cases.filter(({ subject }) => isReady(subject) === wanted),
);

describe('measureEdge()', () => {
  it.each(ready ?? [])('measures $format through $name', async ({ subject, format }) => {
    const { perSecond, cpuUs } = await measureEdge(subject, await options(format));
    expect(perSecond).toBeGreaterThan(0);
    expect(cpuUs.caller).toBeGreaterThan(0);
    expect(cpuUs.edge).toBeGreaterThanOrEqual(0);
  });

  it.skip.each(missing ?? [])('measures $format through $name, once npm run bench has fetched it', () => {});
});
