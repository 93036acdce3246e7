import { readFile } from 'node:fs/promises';
import { openProcessMetrics, prometheusName } from '@busline/bus/telemetry';
import { describe, expect, it } from 'vitest';
import { startEdgeFixture } from '../../testing/edge-fixture.ts';
import { ringMetrics } from '../traces/ring-metrics.ts';
import { createTraceRing } from '../traces/trace-ring.ts';
import { createRequestMetrics } from './request-metrics.ts';

/** Every name that a process of ours can tell. */
async function namesThereAre(): Promise<Set<string>> {
  await using edge = await startEdgeFixture();
  const ofProcess = openProcessMetrics('test', '1.0.0');
  const families = [
    ...ofProcess.collect(),
    ...edge.worker.telemetry.metrics(),
    ...(await edge.worker.telemetry.systemMetrics()),
    ...createRequestMetrics().collect(),
    ...ringMetrics(createTraceRing()),
  ];
  ofProcess.stop();
  return new Set(
    families.flatMap((family) => {
      const name = prometheusName(family);
      return family.kind === 'durations' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    }),
  );
}

/** The names in a query: what stands before a selector or a range. */
function namesIn(query: string): string[] {
  return [...query.matchAll(/\b([a-z][a-z0-9_]*)\{/g)].map(([, name]) => name as string);
}

async function dashboardQueries(): Promise<string[]> {
  const text = await readFile(new URL('../../../infra/deploy/grafana/busline.json', import.meta.url), 'utf8');
  const { panels } = JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] };
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

/** The rules' expressions, folded lines included. */
async function alertQueries(): Promise<string[]> {
  const text = await readFile(
    new URL('../../../infra/deploy/prometheus/alerts.yml', import.meta.url),
    'utf8',
  );
  return [...text.matchAll(/^ +expr: (?:>-\n)?((?:.|\n)+?)\n +(?:for|labels):/gm)].map(
    ([, query]) => query as string,
  );
}

describe('what infra/deploy asks Prometheus for', () => {
  it('is there: in the dashboard and in the alerts', async () => {
    const there = await namesThereAre();
    const [dashboard, alerts] = [await dashboardQueries(), await alertQueries()];
    expect(dashboard.length).toBeGreaterThan(25);
    expect(alerts).toHaveLength(7);
    for (const query of [...dashboard, ...alerts]) {
      expect(namesIn(query).length, query).toBeGreaterThan(0);
      expect(namesIn(query).filter((name) => !there.has(name))).toEqual([]);
    }
  });

  it('shows everything that is measured of calls, events and connections', async () => {
    const shown = new Set((await dashboardQueries()).flatMap(namesIn));
    const missing = [...(await namesThereAre())].filter(
      (name) => /^(busline|rpc|messaging|http)_.*(_total|_bucket|_up|_lag)$/.test(name) && !shown.has(name),
    );
    expect(missing).toEqual(['messaging_client_operation_duration_seconds_bucket']);
  });
});
