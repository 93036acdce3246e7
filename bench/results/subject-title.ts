import { edgeSubjectNamed } from '../edge/catalog.ts';
import { subjectNamed } from '../subjects/catalog.ts';

/**
 * How tables call a subject. The same name stands for something else where HTTP is measured.
 *
 * @throws Error where there is no such subject.
 */
export function subjectTitle(experiment: string, name: string): string {
  return experiment === 'edge' ? edgeSubjectNamed(name).title : subjectNamed(name).title;
}
