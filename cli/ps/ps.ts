import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, faultReason, type ServiceStats, statsSince } from '@busline/bus';
import { withBus } from '../connection/with-bus.ts';
import { matchNames } from '../contracts/find-by-name.ts';
import { createLiveView } from '../output/live-view.ts';
import { renderTable } from '../output/table.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { parseDuration } from '../settings/duration.ts';
import { columnsOf } from './figure-columns.ts';
import { type Figures, instanceFigures, methodFigures, sortFigures } from './figures.ts';
import type { SortKey } from './sort-keys.ts';

export interface PsOptions {
  readonly methods?: boolean;
  readonly sort?: SortKey;
  readonly watch?: boolean;
  readonly interval: string;
}

/** Shows instances or methods, once or again and again. */
export async function ps(
  context: CommandContext,
  service: string | undefined,
  options: PsOptions,
): Promise<void> {
  const { output, signal } = context;
  const intervalMs = parseDuration(options.interval, '--interval');
  const show = (stats: readonly ServiceStats[]): Figures[] =>
    options.methods
      ? // While one looks, what is called is what one looks for; a terminal does not show all.
        sortFigures(methodFigures(stats), options.sort ?? (options.watch ? 'calls' : undefined))
      : sortFigures(instanceFigures(stats), options.sort);
  const key = options.methods ? 'methods' : 'instances';
  await withBus(context, async (bus) => {
    const first = await look(bus, service);
    if (!options.watch) {
      const figures = show(first);
      if (output.json) output.document({ [key]: figures });
      else output.table(columnsOf(options, output.paint), figures, 'nobody serves anything here');
      return;
    }
    const draw = createLiveView(output);
    let before = first;
    let lookedAtMs = performance.now();
    while (!signal.aborted) {
      await delay(intervalMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const now = await look(bus, service).catch(whatPasses);
      if (now === undefined) continue;
      const nowMs = performance.now();
      const seconds = (nowMs - lookedAtMs) / 1_000;
      const figures = show(sinceThen(before, now));
      if (output.json)
        output.record({ time: new Date(), seconds: Number(seconds.toFixed(3)), [key]: figures });
      else {
        const columns = columnsOf({ ...options, seconds }, output.paint);
        draw([
          output.paint.dim(
            `${new Date().toTimeString().slice(0, 8)}  in the last ${seconds.toFixed(1)} s; Ctrl-C ends`,
          ),
          ...renderTable(columns, figures, output.width, output.paint.dim),
        ]);
      }
      before = now;
      lookedAtMs = nowMs;
    }
  });
}

/** Whoever watches waits for what comes back: a broker that is away, services that nobody serves for a while. */
function whatPasses(error: unknown): readonly ServiceStats[] | undefined {
  if (error instanceof CommandFailure) return [];
  if (faultReason(error) === 'DISCONNECTED') return undefined;
  throw error;
}

/** @throws CommandFailure when no service fits the name. */
async function look(bus: Bus, service: string | undefined): Promise<readonly ServiceStats[]> {
  const stats = await bus.stats();
  if (service === undefined) return stats;
  const names = [...new Set(stats.map((one) => one.service))];
  const fitting = new Set(matchNames(service, names));
  if (fitting.size === 0) {
    throw new CommandFailure({
      code: 'SERVICE_UNKNOWN',
      exitCode: ExitCode.notFound,
      what: `nobody serves "${service}" now`,
      why: names.length === 0 ? 'no instance answered at all' : `served are:\n${names.join('\n')}`,
      hint: 'busline schema ls lists the services that are known, served or not',
    });
  }
  return stats.filter((one) => fitting.has(one.service));
}

function sinceThen(before: readonly ServiceStats[], now: readonly ServiceStats[]): ServiceStats[] {
  const earlier = new Map(before.map((stats) => [`${stats.service} ${stats.instance}`, stats]));
  return now.map((stats) => statsSince(earlier.get(`${stats.service} ${stats.instance}`), stats));
}
