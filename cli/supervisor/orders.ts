import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { giveOrder, type RunningProcess } from './give-order.ts';

export async function scaleWorkers(context: CommandContext, wanted: readonly string[]): Promise<void> {
  const orders = wanted.map((text) => {
    const [, worker, count] = /^([\w.-]+)=(\d{1,3})$/.exec(text) ?? [];
    if (worker !== undefined && count !== undefined) return { do: 'scale', worker, count: Number(count) };
    throw new CommandFailure({
      code: 'USAGE',
      exitCode: ExitCode.usage,
      what: `"${text}" does not say how many of what`,
      hint: 'busline scale orders=4',
    });
  });
  await giveAll(context, orders);
}

export async function restartProcesses(context: CommandContext, names: readonly string[]): Promise<void> {
  await giveAll(
    context,
    names.map((what) => ({ do: 'restart', what })),
  );
}

export async function drainProcesses(context: CommandContext, names: readonly string[]): Promise<void> {
  await giveAll(
    context,
    names.map((what) => ({ do: 'drain', what })),
  );
}

async function giveAll(context: CommandContext, orders: readonly object[]): Promise<void> {
  const { output } = context;
  let processes: readonly RunningProcess[] = [];
  for (const order of orders) processes = await giveOrder(context, order);
  if (output.json) {
    output.document({ processes });
    return;
  }
  output.table(
    [
      { title: 'PROCESS', text: ({ name }) => name },
      { title: 'PID', text: ({ pid }) => String(pid), align: 'right' },
    ],
    processes,
    'nothing runs',
  );
}
