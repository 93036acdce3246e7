import { spawn } from 'node:child_process';
import { REPO_ROOT } from '../repo-files.ts';
import { toolEnv } from '../tool-env.ts';
import type { Step } from './steps.ts';

export interface StepResult {
  readonly step: Step;
  readonly ok: boolean;
  readonly durationMs: number;
  /** Everything the command wrote, both streams in the order of arrival. */
  readonly output: string;
}

/**
 * Runs one step in the repository's root and never rejects: a command that cannot start is a failed step whose
 * output says why. `onOutput` receives each piece as it arrives.
 */
export async function runStep(step: Step, onOutput?: (text: string) => void): Promise<StepResult> {
  const startedAt = performance.now();
  const [program, ...args] = step.command;
  const child = spawn(program, args, {
    cwd: REPO_ROOT,
    env: toolEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (text: string): void => {
    output += text;
    onOutput?.(text);
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const stop = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  process.on('SIGTERM', stop);
  const ok = await new Promise<boolean>((resolve) => {
    child.once('error', (error) => {
      collect(`${program} could not be started: ${error.message}. Run "npm ci --ignore-scripts" first.\n`);
      resolve(false);
    });
    child.once('close', (code) => resolve(code === 0));
  });
  process.off('SIGTERM', stop);
  return { step, ok, durationMs: performance.now() - startedAt, output };
}
