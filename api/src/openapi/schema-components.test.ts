import type { DescMessage } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { buildRegistry } from '../../testing/build-registry.ts';
import { createSchemaComponents } from './schema-components.ts';

const build = (field: string, comment = '') =>
  buildRegistry(
    {
      'a/v1/a.proto': `syntax = "proto3"; package a.v1;
        ${comment}
        message Outer { Inner inner = 1; Outer outer = 2; } message Inner { ${field} }`,
    },
    { withComments: true },
  );
const outerOf = (registry: ReturnType<typeof build>) => registry.getMessage('a.v1.Outer') as DescMessage;
const old = build('string name = 1;');

describe('createSchemaComponents()', () => {
  it('shares the schema of a type that several contracts carry, whatever their comments', () => {
    const components = createSchemaComponents();
    const other = build('string name = 1;', '// Reworded.\n');
    const refs = [old, other].map((registry) => components.scopeOf(registry).ref(outerOf(registry)));
    expect(refs).toEqual([
      { $ref: '#/components/schemas/a.v1.Outer' },
      { $ref: '#/components/schemas/a.v1.Outer' },
    ]);
    expect(Object.keys(components.schemas)).toEqual(['a.v1.Inner', 'a.v1.Outer']);
  });

  it('keeps two versions of a type apart, also where they differ further down', () => {
    const components = createSchemaComponents();
    const next = build('string name = 1; int32 age = 2;');
    const refs = [old, next].map((registry) => components.scopeOf(registry).ref(outerOf(registry)));
    expect(refs[1]).toEqual({ $ref: '#/components/schemas/a.v1.Outer_2' });
    expect(components.schemas['a.v1.Outer']?.properties?.inner).toEqual({
      $ref: '#/components/schemas/a.v1.Inner',
    });
    expect(components.schemas['a.v1.Outer_2']?.properties).toEqual({
      inner: { $ref: '#/components/schemas/a.v1.Inner_2' },
      outer: { $ref: '#/components/schemas/a.v1.Outer_2' },
    });
  });
});
