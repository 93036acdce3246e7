import { type Load, measureOnce } from '../measure/measure-once.ts';
import { installedVersions } from '../results/installed-versions.ts';
import { SUBJECTS } from '../subjects/catalog.ts';
import type { Subject } from '../subjects/subject.ts';
import type { Case, Contestant } from './experiment.ts';

/** A load on the subjects that can take it, each called without HTTP before it. */
export function busCase(
  experiment: 'unary' | 'streams',
  load: Load,
  takes: (subject: Subject) => boolean = () => true,
): Case {
  const contestants = SUBJECTS.filter(takes).map(
    (subject): Contestant => ({
      name: subject.name,
      measure: (settings) => measureOnce(subject, { experiment, load, ...settings }),
    }),
  );
  return { id: `${experiment}-${load.payloadBytes}B-${load.atOnce}`, load, contestants };
}

/** Of what takes part in calls without HTTP before them. */
export function busVersions(): Record<string, string> {
  return installedVersions([
    '@nats-io/transport-node',
    '@grpc/grpc-js',
    '@connectrpc/connect-node',
    '@bufbuild/protobuf',
  ]);
}
