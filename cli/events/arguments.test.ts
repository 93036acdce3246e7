import { describe, expect, it } from 'vitest';
import { parseEventsCommand } from './arguments.ts';

describe('parseEventsCommand()', () => {
  it.each([
    { args: ['plan'], command: { action: 'plan', replicas: 1, destructive: false, quiet: false } },
    {
      args: ['apply', '--replicas', '3', '--destructive', '--quiet'],
      command: { action: 'apply', replicas: 3, destructive: true, quiet: true },
    },
  ])('reads $args', ({ args, command }) => {
    expect(parseEventsCommand(args)).toEqual(command);
  });

  it.each([
    { args: [], problem: 'is not plan or apply' },
    { args: ['drop'], problem: '"drop" is not plan or apply' },
    { args: ['plan', 'apply'], problem: '"plan apply" is not' },
    { args: ['apply', '--replicas', '6'], problem: '--replicas must be 1 to 5' },
    { args: ['plan', '--destructive'], problem: '--destructive goes with apply' },
    { args: ['apply', '--force'], problem: '--force' },
  ])('refuses $args', ({ args, problem }) => {
    expect(() => parseEventsCommand(args)).toThrow(problem);
  });
});
