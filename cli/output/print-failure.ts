import type { FailureParts } from '../program/command-failure.ts';
import type { Output } from './output.ts';

/** Tells on standard error why a command failed: what, why, what to do, a line each. */
export function printFailure(output: Output, { code, what, why, hint, docs, details }: FailureParts): void {
  if (output.json) {
    const message = why === undefined ? what : `${what}: ${why}`;
    output.note(JSON.stringify({ error: { code, message, hint, docs, details } }));
    return;
  }
  const { messagePaint: paint } = output;
  output.note(`${paint.bad('error:')} ${what}`);
  if (why !== undefined) output.note(`${paint.dim('why:')}   ${why.replaceAll('\n', '\n       ')}`);
  if (hint !== undefined) output.note(`${paint.dim('try:')}   ${hint.replaceAll('\n', '\n       ')}`);
}
