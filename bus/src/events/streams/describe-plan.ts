import type { PlannedStream } from './plan-stream.ts';
import type { StreamPlan } from './stream-plan.ts';

const marks: Readonly<Record<PlannedStream['action'], string>> = {
  create: '+',
  update: '~',
  keep: '=',
  blocked: '!',
};

/** A plan for people, a line per stream and per change. */
export function describePlan({ streams }: Pick<StreamPlan, 'streams'>): string[] {
  return streams.flatMap((stream) => {
    const { name, action, changes, events, config } = stream;
    const head = `${marks[action]} ${name}  ${action === 'keep' ? 'is as the contracts say' : action}  (${events.join(', ')})`;
    if (action === 'create') {
      return [head, `    keeps ${describeLimits(config)}`];
    }
    return [
      head,
      ...changes.map(({ setting, from, to, harm }) => {
        const change = from === '' ? to : `${from} -> ${to}`;
        return `    ${setting}: ${change}${harm === undefined ? '' : `  LOSES: ${harm}`}`;
      }),
    ];
  });
}

function describeLimits({
  max_age: age = 0,
  max_bytes: bytes = -1,
  max_msgs: count = -1,
  num_replicas: copies,
}: PlannedStream['config']): string {
  const limits = [`${age / 1e9 / 3600} h`, `${bytes / 2 ** 20} MiB`];
  if (count > 0) limits.push(`${count} events`);
  return `${limits.join(', ')}, ${copies} ${copies === 1 ? 'copy' : 'copies'}`;
}
