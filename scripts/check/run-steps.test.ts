import { describe, expect, it } from 'vitest';
import { runStep } from './run-step.ts';
import { runSteps } from './run-steps.ts';
import { STEPS, type Step, selectSteps } from './steps.ts';

const step = (name: string, script: string, last = false): Step => ({
  name,
  command: ['node', '-e', script],
  mend: 'mend it',
  last,
});

describe('runStep()', () => {
  it.each([
    ['exit 0', "console.log('fine')", true, 'fine'],
    ['exit 1', "console.error('broken'); process.exitCode = 1", false, 'broken'],
    ['a signal', "process.kill(process.pid, 'SIGKILL')", false, ''],
  ])('reports %s', async (_what, script, ok, output) => {
    const result = await runStep(step('a', script));
    expect(result.ok).toBe(ok);
    expect(result.output).toContain(output);
  });

  it('passes output on as it comes', async () => {
    const pieces: string[] = [];
    await runStep(step('a', "console.log('one')"), (text) => pieces.push(text));
    expect(pieces.join('')).toBe('one\n');
  });

  it('turns a command that does not exist into a failed step that says so', async () => {
    const result = await runStep({ name: 'a', command: ['no-such-program'], mend: '' });
    expect(result.ok).toBe(false);
    expect(result.output).toContain('no-such-program could not be started');
  });
});

describe('runSteps()', () => {
  it('runs all steps in spite of failures, the last ones after the others', async () => {
    const steps = [step('tests', '', true), step('a', 'process.exit(1)'), step('b', '')];
    const finished: string[] = [];
    const results = await runSteps(steps, {
      concurrency: 2,
      run: runStep,
      onResult: (result) => finished.push(result.step.name),
    });
    expect(finished.toSorted()).toEqual(['a', 'b', 'tests']);
    expect(finished.at(-1)).toBe('tests');
    expect(results.filter((result) => !result.ok).map((result) => result.step.name)).toEqual(['a']);
  });

  it('never runs more at once than allowed', async () => {
    let running = 0;
    let most = 0;
    await runSteps(
      ['a', 'b', 'c', 'd'].map((name) => step(name, '')),
      {
        concurrency: 2,
        run: async (current) => {
          running += 1;
          most = Math.max(most, running);
          const result = await runStep(current);
          running -= 1;
          return result;
        },
        onResult: () => undefined,
      },
    );
    expect(most).toBe(2);
  });
});

describe('selectSteps()', () => {
  it('keeps the order of the table', () => {
    expect(selectSteps(STEPS, 'lint, types').map((selected) => selected.name)).toEqual(['types', 'lint']);
  });

  it.each(['', 'no-such-step', 'lint,no-such-step'])('refuses %j and lists the steps', (names) => {
    expect(() => selectSteps(STEPS, names)).toThrow(/the steps are types, lint,/);
  });
});
