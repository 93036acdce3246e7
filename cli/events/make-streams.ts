import { describePlan, type StreamPlan } from '@busline/bus';
import { withBus } from '../connection/with-bus.ts';
import { contractsOf } from '../contracts/generated-files.ts';
import type { CommandContext } from '../program/command-context.ts';
import { ExitCode } from '../program/exit-code.ts';
import { findProject } from '../project/find-project.ts';
import { findEvents } from './find-events.ts';

export interface StreamOptions {
  readonly replicas: number;
  readonly destructive?: boolean;
  readonly quiet?: boolean;
}

/** Shows how the streams differ from the contracts. */
export async function planStreams(
  context: CommandContext,
  { replicas, quiet }: StreamOptions,
): Promise<void> {
  const { output } = context;
  await withBus(context, async (bus) => {
    const plan = await bus.planStreams(await findEvents(contractsOf(findProject(context))), { replicas });
    const changed = plan.streams.some(({ action }) => action !== 'keep');
    if (output.json) output.document(planJson(plan));
    else if (!quiet || changed) for (const line of describePlan(plan)) output.line(line);
    if (changed) context.endWith(ExitCode.checkFailed);
  });
}

/** Makes the streams as the contracts say. */
export async function applyStreams(
  context: CommandContext,
  { replicas, destructive = false, quiet }: StreamOptions,
): Promise<void> {
  const { output } = context;
  await withBus(context, async (bus) => {
    const plan = await bus.planStreams(await findEvents(contractsOf(findProject(context))), { replicas });
    const changed = plan.streams.some(({ action }) => action !== 'keep');
    const { held } = await bus.applyStreams(plan, { destructive });
    if (output.json) output.document({ ...planJson(plan), held });
    else if (!quiet || changed) for (const line of describePlan(plan)) output.line(line);
    for (const name of held) {
      output.note(
        `${name}: what would lose something was left out; look at the plan, then apply with --destructive`,
      );
    }
    if (held.length > 0) context.endWith(ExitCode.partlyDone);
  });
}

/** A plan as `--json` promises it: settings as the broker names them. */
function planJson({ streams, replicas }: StreamPlan): object {
  return {
    replicas,
    streams: streams.map(({ name, action, events, changes, config }) => ({
      name,
      action,
      events,
      changes,
      config,
    })),
  };
}
