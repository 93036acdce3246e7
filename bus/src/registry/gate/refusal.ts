import { PreconditionFailureSchema } from '@busline/schemas/google/rpc/error_details';
import type { ConnectError } from '@connectrpc/connect';
import { fault } from '../../errors/fault.ts';
import type { ContractBreak } from './judge.ts';

/** Changes shown of one contract: what breaks more is another contract rather than a list to work off. */
const maxChanges = 50;

/** What a worker breaks, for a person at a terminal. */
export function breakText({ service, member, standing, changes }: ContractBreak): string {
  const lines = changes
    .slice(0, maxChanges)
    .map(({ path, rule, category, message }) => `  ${path}\n    ${rule} (${category}): ${message}`);
  if (changes.length > maxChanges) lines.push(`  … and ${changes.length - maxChanges} more`);
  const how = standing === 'runs' ? 'is served now' : 'was served last';
  return [`${service}, which ${how} by ${member.worker} ${member.version}:`, ...lines].join('\n');
}

/** Refuses a worker. A PreconditionFailure detail has each change: rule, path and message. */
export function contractBroken(worker: string, breaks: readonly ContractBreak[]): ConnectError {
  const error = fault('CONTRACT_BROKEN', {
    message: [
      `worker ${worker} does not join: its contract breaks`,
      ...breaks.map(breakText),
      'Mend the contract, or set BUSLINE_CONTRACT_GATE=warn to join all the same.',
    ].join('\n'),
    fate: 'never-started',
    facts: { worker, services: [...new Set(breaks.map(({ service }) => service))].join(',') },
  });
  const violations = breaks.flatMap(({ changes }) =>
    changes
      .slice(0, maxChanges)
      .map(({ rule, path, message }) => ({ type: rule, subject: path, description: message })),
  );
  error.details.push({ desc: PreconditionFailureSchema, value: { violations } });
  return error;
}
