import { describe, expect, it } from 'vitest';
import { filtersFor } from './filter.ts';

describe('filtersFor()', () => {
  it.each([
    { subjects: ['evt.a.v1.X.*.*'], filters: ['evt.a.v1.X.*.*'] },
    { subjects: ['evt.a.v1.X.*.*', 'evt.a.v1.Y.*.*'], filters: ['evt.a.v1.*.*.*'] },
    { subjects: ['evt.a.v1.X.3.*', 'evt.a.v1.Y.3.*', 'evt.a.v1.X.3.*'], filters: ['evt.a.v1.*.3.*'] },
    { subjects: ['evt.a.v1.*.*.*', 'evt.a.v1.Y.*.*'], filters: ['evt.a.v1.*.*.*'] },
    { subjects: ['evt.a.v1.X.Y.*.*', 'evt.a.v1.X.*.*'], filters: ['evt.a.v1.X.*.*', 'evt.a.v1.X.Y.*.*'] },
    { subjects: ['evt.a.v1.X.*.*', 'evt.b.v1.X.*.*'], filters: ['evt.a.v1.X.*.*', 'evt.b.v1.X.*.*'] },
  ])('of $subjects are $filters', ({ subjects, filters }) => {
    expect(filtersFor(subjects)).toEqual(filters);
  });
});
