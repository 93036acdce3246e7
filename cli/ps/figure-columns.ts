import { formatAge, formatMs } from '../output/durations.ts';
import type { Paint } from '../output/paint.ts';
import type { Column } from '../output/table.ts';
import type { Figures } from './figures.ts';

export interface ColumnChoice {
  readonly methods?: boolean | undefined;
  /** Of a look at what happened within so many seconds. */
  readonly seconds?: number | undefined;
}

/** The table of instances or methods. On a narrow terminal the least telling columns are left out. */
export function columnsOf({ methods, seconds }: ColumnChoice, paint: Paint): Column<Figures>[] {
  const number = (title: string, text: (row: Figures) => string, optional = 0): Column<Figures> => ({
    title,
    text,
    align: 'right',
    optional,
  });
  const names: Column<Figures>[] = methods
    ? [
        {
          title: 'METHOD',
          text: ({ service, method }) => `${service}/${method}`,
          shrinksTo: 24,
          keep: 'end',
        },
        number('INST', ({ instances }) => String(instances ?? 0), 3),
      ]
    : [
        { title: 'SERVICE', text: ({ service }) => service, shrinksTo: 22, keep: 'end' },
        { title: 'WORKER', text: ({ worker }) => worker || '-', shrinksTo: 8, optional: 2 },
        { title: 'INSTANCE', text: ({ instance }) => instance ?? '-' },
        { title: 'VERSION', text: ({ version }) => version ?? '-', optional: 4 },
        number('UP', ({ startedAt }) => ageOf(startedAt), 3),
      ];
  const rate: Column<Figures>[] =
    seconds === undefined ? [] : [number('REQ/S', ({ calls }) => (calls / seconds).toFixed(1))];
  return [
    ...names,
    ...rate,
    number('CALLS', ({ calls }) => String(calls)),
    {
      ...number('ERR', ({ errors, calls }) => share(errors, calls)),
      paint: (text, { errors }) => (errors > 0 ? paint.bad(text) : paint.dim(text)),
    },
    {
      ...number('REFUSED', ({ refused }) => String(refused), 1),
      paint: (text, { refused }) => (refused > 0 ? paint.warn(text) : paint.dim(text)),
    },
    number('P50', ({ p50Ms }) => formatMs(p50Ms ?? undefined)),
    number('P95', ({ p95Ms }) => formatMs(p95Ms ?? undefined)),
    number('P99', ({ p99Ms }) => formatMs(p99Ms ?? undefined)),
    ...(methods
      ? []
      : [
          number('RUN', ({ running }) => String(running ?? 0), 5),
          number('WAIT', ({ waiting }) => String(waiting ?? 0), 5),
        ]),
  ];
}

function ageOf(startedAt: string | undefined): string {
  const started = Date.parse(startedAt ?? '');
  return Number.isNaN(started) ? '-' : formatAge(Date.now() - started);
}

function share(errors: number, calls: number): string {
  if (errors === 0) return '0 %';
  const percent = (100 * errors) / calls;
  return `${percent < 0.1 ? '<0.1' : percent.toFixed(percent < 10 ? 1 : 0)} %`;
}
