import type { DefineCommand } from '../program/command-table.ts';

export const defineScale: DefineCommand = (command, begin) => {
  command
    .description(
      'Has so many instances of a worker, in the system that runs here. Waits until new ones serve.',
    )
    .argument('<worker=n...>', 'such as orders=4')
    .action(async (wanted: string[]) => (await import('./orders.ts')).scaleWorkers(begin(), wanted));
};

export const defineRestart: DefineCommand = (command, begin) => {
  command
    .description(
      'Puts new instances in the place of old ones, in the system that runs here, without losing a call.',
    )
    .argument('<name...>', 'a worker, edge, or all')
    .action(async (names: string[]) => (await import('./orders.ts')).restartProcesses(begin(), names));
};

export const defineDrain: DefineCommand = (command, begin) => {
  command
    .description(
      'Lets instances finish their work and go, in the system that runs here. They are not replaced.',
    )
    .argument('<name...>', 'an instance such as orders-2, or a worker for all of its instances')
    .action(async (names: string[]) => (await import('./orders.ts')).drainProcesses(begin(), names));
};
