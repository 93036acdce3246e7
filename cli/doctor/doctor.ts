import type { CommandContext } from '../program/command-context.ts';
import { ExitCode } from '../program/exit-code.ts';
import type { Finding } from './finding.ts';
import { lookAtMachine } from './look-at-machine.ts';
import { lookAtServers } from './look-at-servers.ts';

/** Looks at everything, prints each finding as it comes, and fails where one does. */
export async function doctor(context: CommandContext): Promise<void> {
  const { output } = context;
  const { paint } = output;
  const marks = { ok: paint.good('ok  '), warn: paint.warn('warn'), fail: paint.bad('FAIL') };
  const findings: Finding[] = [];
  for (const look of [lookAtMachine, lookAtServers]) {
    for await (const finding of look(context)) {
      findings.push(finding);
      if (output.json) continue;
      output.line(`${marks[finding.state]}  ${finding.name.padEnd(14)} ${finding.found}`);
      if (finding.fix !== undefined) output.line(`${' '.repeat(21)}${paint.dim(`try: ${finding.fix}`)}`);
    }
  }
  const failed = findings.filter(({ state }) => state === 'fail').length;
  if (output.json) output.document({ findings });
  else
    output.note(
      failed === 0 ? 'nothing is wrong' : `${failed} ${failed === 1 ? 'thing is' : 'things are'} wrong`,
    );
  if (failed > 0) context.endWith(ExitCode.checkFailed);
}
