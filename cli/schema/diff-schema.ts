import type { DescService } from '@bufbuild/protobuf';
import { type BreakingChange, breakingChanges, type CatalogService } from '@busline/bus';
import { printProto } from '@busline/schemas/print';
import { matchNames } from '../contracts/find-by-name.ts';
import { contractsOf } from '../contracts/generated-files.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { findProject } from '../project/find-project.ts';
import { type DiffLine, lineDiff, withContext } from './line-diff.ts';
import { liveContracts } from './live-contracts.ts';
import { localServices } from './local-services.ts';

/** How a service of the project differs from the live one. */
export interface ServiceDrift {
  readonly service: string;
  readonly state: 'same' | 'differs' | 'not live' | 'not in this project';
  /** What callers and workers of the live version would trip over. */
  readonly breaking: readonly BreakingChange[];
  readonly diff: readonly DiffLine[];
}

/** Compares the project's contracts with those in the registry. */
export async function diffSchema(context: CommandContext, service: string | undefined): Promise<void> {
  showDrift(context, await findDrift(context, service));
}

/** @throws CommandFailure SERVICE_UNKNOWN for a service that neither has. */
export async function findDrift(
  context: CommandContext,
  service: string | undefined,
): Promise<ServiceDrift[]> {
  const { services } = await liveContracts(context);
  const drift = serviceDrift(await localServices(contractsOf(findProject(context))), services);
  const names = drift.map((one) => one.service);
  const wanted = new Set(service === undefined ? names : matchNames(service, names));
  if (wanted.size === 0) {
    throw new CommandFailure({
      code: 'SERVICE_UNKNOWN',
      exitCode: ExitCode.notFound,
      what: `there is no service "${service}", neither live nor in this project`,
      hint: 'busline schema ls lists the live ones',
    });
  }
  return drift.filter((one) => wanted.has(one.service));
}

/** Shows it; in JSON after `more`. Exit code 8 where something differs. */
export function showDrift(context: CommandContext, drift: readonly ServiceDrift[], more: object = {}): void {
  const { output } = context;
  if (output.json) {
    output.document({
      ...more,
      services: drift.map(({ diff, ...rest }) => ({
        ...rest,
        diff: withContext(diff).map((line) => (line === undefined ? '…' : `${line.mark}${line.text}`)),
      })),
    });
  } else for (const one of drift) showService(context, one);
  // What only others have is no drift of this project.
  if (drift.some(({ state }) => state === 'differs')) context.endWith(ExitCode.checkFailed);
}

export function serviceDrift(
  local: ReadonlyMap<string, DescService>,
  live: ReadonlyMap<string, CatalogService>,
): ServiceDrift[] {
  const names = [...new Set([...local.keys(), ...live.keys()])].sort();
  return names.flatMap((service): ServiceDrift[] => {
    const [ours, theirs] = [local.get(service), live.get(service)?.desc];
    if (ours === undefined)
      return service.startsWith('busline.') ? [] : [missing(service, 'not in this project')];
    if (theirs === undefined) return [missing(service, 'not live')];
    const diff = lineDiff(printProto(theirs.file), printProto(ours.file));
    const state = diff.every(({ mark }) => mark === ' ') ? 'same' : 'differs';
    return [{ service, state, breaking: breakingChanges(theirs, ours), diff }];
  });
}

function missing(service: string, state: ServiceDrift['state']): ServiceDrift {
  return { service, state, breaking: [], diff: [] };
}

function showService({ output }: CommandContext, { service, state, breaking, diff }: ServiceDrift): void {
  const { paint } = output;
  output.line(`${paint.title(service)}  ${state === 'differs' ? paint.warn(state) : paint.dim(state)}`);
  for (const { path, rule, message } of breaking)
    output.line(`  ${paint.bad('breaks')} ${path}: ${message} (${rule})`);
  if (state !== 'differs') return;
  output.line(paint.dim('  - live  + this project'));
  for (const line of withContext(diff)) {
    if (line === undefined) output.line(paint.dim('  …'));
    else {
      const text = `  ${line.mark} ${line.text}`;
      output.line(line.mark === '-' ? paint.bad(text) : line.mark === '+' ? paint.good(text) : text);
    }
  }
}
