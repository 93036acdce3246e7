import { describe, expect, it } from 'vitest';
import { type ExperimentResult, type ResultRow, resultsJson, withExperiment } from './result-file.ts';
import { resultsPage } from './results-page.ts';

const row = (change: Partial<ResultRow>): ResultRow => ({
  id: 'unary-32B-64',
  peer: 'grpc-js',
  ratio: 12.5,
  goal: 12,
  cpuRatio: 15,
  ours: 87_500,
  theirs: 7_000,
  unit: 'calls/s',
  commit: 'abc',
  ...change,
});
const result = (experiment: string, rows: ResultRow[]): ExperimentResult => ({
  run: {
    experiment,
    date: '2026-11-23',
    commit: 'abc',
    rounds: 3,
    warmUpMs: 1000,
    windowMs: 2000,
    machine: {
      cpu: 'A chip',
      cores: 2,
      memoryGiB: 8,
      os: 'Linux 6',
      node: '24.0.0',
      versions: { 'nats-server': '2.15.1' },
    },
  },
  rows,
  sides: [
    {
      id: `${experiment}-32B-64`,
      subject: 'busline',
      value: 87_500,
      unit: 'calls/s',
      rounds: [87_000, 87_500, 88_000],
      cpuUs: { caller: 5, server: 3, broker: 4 },
    },
  ],
});
const EMPTY = { runs: [], rows: [], sides: [] };

describe('resultsPage()', () => {
  it('shows each row with its load, peer and figures', () => {
    const page = resultsPage(withExperiment(EMPTY, result('unary', [row({})])));
    expect(page).toContain(
      '| 32 B, 64 in flight | @grpc/grpc-js, one channel | 87,500 | 7,000 | calls/s | 12.50 | ≥ 12 | 15.00 |',
    );
    expect(page).toContain('| 87,000, 87,500, 88,000 | 5.0 | 3.0 | 4.0 | 12.0 |');
    expect(page).toContain('3 rounds, windows of 2 s');
    expect(page).not.toContain('| 12.50 **missed**');
  });

  it('keeps and marks a row that misses its goal', () => {
    const page = resultsPage(withExperiment(EMPTY, result('unary', [row({ ratio: 11.99 })])));
    expect(page).toContain('| 11.99 **missed** | ≥ 12 |');
  });

  it('shows streams by the size of their messages, and CPU of a fraction of a microsecond', () => {
    const large = row({
      id: 'streams-65536B-1',
      unit: 'MB/s',
      ours: 400,
      theirs: 250,
      ratio: 1.6,
      goal: 1.4,
    });
    const streams = result('streams', [large]);
    const cpuUs = { caller: 0.5, server: 0.25, broker: 0 };
    const sides = streams.sides.map((side) => ({
      ...side,
      id: 'streams-32B-1',
      unit: 'messages/s' as const,
      cpuUs,
    }));
    const page = resultsPage(withExperiment(EMPTY, { ...streams, sides }));
    expect(page).toContain(
      '| 64 KiB, 1 stream | @grpc/grpc-js, one channel | 400 | 250 | MB/s | 1.60 | ≥ 1.4 |',
    );
    expect(page).toContain('| 32 B, 1 stream | Busline, typed | 87,500 | messages/s |');
    expect(page).toContain('| 0.50 | 0.25 | 0.0 | 0.75 |');
  });

  it('shows HTTP by format, with the load apart from the sum, and who was not measured', () => {
    const { run, sides } = result('edge', []);
    const id = 'edge-json-1024B-64';
    const http = row({ id, peer: 'fastify-grpc', goal: 3.5 });
    const page = resultsPage(
      withExperiment(EMPTY, {
        run: { ...run, skipped: [{ subject: 'flask-grpc', reason: 'pip install:\n exit code 1' }] },
        rows: [http],
        sides: sides.map((side) => ({ ...side, id, cpuUs: { caller: 9, edge: 20, server: 5, broker: 4 } })),
      }),
    );
    expect(page).toContain('| JSON, 1024 B, 64 in flight | Fastify, @grpc/grpc-js, worker | 87,500 |');
    expect(page).toContain('| edge µs | worker µs | broker µs | sum µs | load µs |');
    expect(page).toContain('| Busline: edge, NATS, worker | 87,500 | calls/s |');
    expect(page).toContain('| 20.0 | 5.0 | 4.0 | 29.0 | 9.0 |');
    expect(page).toContain('Not measured: Flask on gunicorn, grpcio, worker. pip install: exit code 1');
  });

  it('marks nothing where there is no goal', () => {
    const page = resultsPage(withExperiment(EMPTY, result('unary', [row({ goal: null, ratio: 0.5 })])));
    expect(page).toContain('| 0.50 |  | 15.00 |');
  });
});

describe('withExperiment()', () => {
  it('replaces the results of the same experiment and keeps those of others', () => {
    const other = result('publish', [row({ id: 'publish-32B-64', ratio: 2 })]);
    const before = withExperiment(withExperiment(EMPTY, other), result('unary', [row({ ratio: 1 })]));
    const after = withExperiment(before, result('unary', [row({ ratio: 3 })]));
    expect(after.rows.map(({ id, ratio }) => [id, ratio])).toEqual([
      ['publish-32B-64', 2],
      ['unary-32B-64', 3],
    ]);
    expect(after.runs.map((run) => run.experiment)).toEqual(['publish', 'unary']);
    expect(after.sides).toHaveLength(2);
  });
});

describe('resultsJson()', () => {
  it('rounds figures, keeps lists of them on one line, and reads back', () => {
    const file = withExperiment(EMPTY, result('unary', [row({ ratio: 12.345678, ours: 87_654.321 })]));
    const text = resultsJson(file);
    expect(text).toContain('"rounds": [87000, 87500, 88000],');
    expect(JSON.parse(text)).toMatchObject({ rows: [{ ratio: 12.35, ours: 87_654, peer: 'grpc-js' }] });
  });
});
