import { edgeSubjectNamed } from '../edge/catalog.ts';
import { eventSubjectNamed } from '../events/event-side.ts';
import { OURS, subjectNamed } from '../subjects/catalog.ts';

/**
 * How tables call a subject. The same name stands for something else where HTTP is measured.
 *
 * @throws Error where there is no such subject.
 */
export function subjectTitle(experiment: string, name: string): string {
  if (experiment === 'edge') return edgeSubjectNamed(name).title;
  if (experiment === 'telemetry' && name === OURS) return subjectNamed('telemetry-on').title;
  return experiment === 'events' ? eventSubjectNamed(name).title : subjectNamed(name).title;
}
