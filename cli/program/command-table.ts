import type { Command } from 'commander';
import type { BeginCommand } from './command-context.ts';

/** Gives a command its arguments, options and action. Whatever the action needs is loaded by the action. */
export type DefineCommand = (command: Command, begin: BeginCommand) => void;

/** A command as the list of commands knows it; the rest is loaded when it is called. */
export interface CommandEntry {
  readonly name: string;
  /** Heading in the list. */
  readonly group: string;
  readonly summary: string;
  load(): Promise<DefineCommand>;
}

const run = 'Run the system:';
const use = 'Call and look:';
const setUp = 'Set up:';
const events = 'Events:';

export const commandTable: readonly CommandEntry[] = [
  {
    name: 'start',
    group: run,
    summary: 'run NATS, the edge and all workers of this project',
    load: async () => (await import('../local/start-command.ts')).defineStart,
  },
  {
    name: 'dev',
    group: run,
    summary: 'the same, and reload on save',
    load: async () => (await import('../local/start-command.ts')).defineDev,
  },
  {
    name: 'call',
    group: use,
    summary: 'call a method, of any kind, by its live contract',
    load: async () => (await import('../call/command.ts')).defineCall,
  },
  {
    name: 'ps',
    group: use,
    summary: 'instances and methods with their calls, errors and times',
    load: async () => (await import('../ps/command.ts')).definePs,
  },
  {
    name: 'scale',
    group: run,
    summary: 'have so many instances of a worker: busline scale orders=4',
    load: async () => (await import('../supervisor/command.ts')).defineScale,
  },
  {
    name: 'restart',
    group: run,
    summary: 'put new instances in the place of old ones',
    load: async () => (await import('../supervisor/command.ts')).defineRestart,
  },
  {
    name: 'drain',
    group: run,
    summary: 'let an instance finish its work and go: busline drain orders-2',
    load: async () => (await import('../supervisor/command.ts')).defineDrain,
  },
  {
    name: 'publish',
    group: events,
    summary: 'publish an event, checked against its live contract',
    load: async () => (await import('../publish/command.ts')).definePublish,
  },
  {
    name: 'tail',
    group: events,
    summary: 'print events as they are stored, decoded',
    load: async () => (await import('../tail/command.ts')).defineTail,
  },
  {
    name: 'events',
    group: events,
    summary: 'consumers and their lag, pause, replay; plan and apply streams',
    load: async () => (await import('../events/command.ts')).defineEvents,
  },
  {
    name: 'dlq',
    group: events,
    summary: 'dead letters: list, show, retry, edit, discard, export',
    load: async () => (await import('../dlq/command.ts')).defineDlq,
  },
  {
    name: 'schema',
    group: use,
    summary: 'live contracts: list, show as .proto, compare with this project',
    load: async () => (await import('../schema/command.ts')).defineSchema,
  },
  {
    name: 'trace',
    group: use,
    summary: 'what requests did on their way: list, show as a waterfall',
    load: async () => (await import('../trace/command.ts')).defineTrace,
  },
  {
    name: 'bench',
    group: use,
    summary: 'measure how long the answers of a method take',
    load: async () => (await import('../bench/command.ts')).defineBench,
  },
  {
    name: 'ops',
    group: use,
    summary: 'durable calls: list, show, wait, cancel',
    load: async () => (await import('../ops/command.ts')).defineOps,
  },
  {
    name: 'new',
    group: setUp,
    summary: 'make an app, a service, a method or an event',
    load: async () => (await import('../new/command.ts')).defineNew,
  },
  {
    name: 'open',
    group: use,
    summary: 'open a page of the edge, such as docs',
    load: async () => (await import('../open/command.ts')).defineOpen,
  },
  {
    name: 'doctor',
    group: setUp,
    summary: 'look at what is needed and what runs, and say what to mend',
    load: async () => (await import('../doctor/command.ts')).defineDoctor,
  },
  {
    name: 'gen',
    group: setUp,
    summary: 'bring generated code up to date',
    load: async () => (await import('../project/command.ts')).defineGen,
  },
  {
    name: 'check',
    group: setUp,
    summary: 'check contracts, and what is live against them',
    load: async () => (await import('../project/command.ts')).defineCheck,
  },
  {
    name: 'config',
    group: setUp,
    summary: 'show what is configured, and where it is from',
    load: async () => (await import('../config/command.ts')).defineConfig,
  },
  {
    name: 'context',
    group: setUp,
    summary: 'named settings of your own: list, save, use, remove',
    load: async () => (await import('../context/command.ts')).defineContext,
  },
  {
    name: 'completion',
    group: setUp,
    summary: 'teach a shell to complete commands and live names',
    load: async () => (await import('../completion/command.ts')).defineCompletion,
  },
];
