import type { DescMessage } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { loadRuled } from '../../testing/ruled.ts';
import { messageSchema } from './message-schema.ts';
import { createSchemaComponents } from './schema-components.ts';

const registry = loadRuled();
const components = createSchemaComponents();
const scope = components.scopeOf(registry);
const message = (name: string) => registry.getMessage(`test.ruled.v1.${name}`) as DescMessage;
const ruled = messageSchema(message('Ruled'), scope);
const ref = (name: string) => ({ $ref: `#/components/schemas/test.ruled.v1.${name}` });

describe('messageSchema()', () => {
  it.each<[string, object]>([
    ['name', { type: 'string', minLength: 2, maxLength: 5 }],
    ['fixed', { type: 'string', const: 'x' }],
    ['pattern', { type: 'string', pattern: '^[a-z]+$' }],
    ['re2', { type: 'string', description: 'Matches `(?i)^a+$` (RE2).' }],
    [
      'edged',
      {
        type: 'string',
        allOf: [{ pattern: '^a\\.' }, { pattern: 'z$' }],
        description: 'Does not contain "--".',
      },
    ],
    ['listed', { type: 'string', enum: ['a', 'b'] }],
    ['barred', { type: 'string', not: { enum: ['a'] } }],
    ['email', { type: 'string', format: 'email' }],
    ['uuid', { type: 'string', format: 'uuid' }],
    ['ip', { type: 'string', description: 'An IPv4 or IPv6 address.' }],
    ['bytesLong', { type: 'string', description: 'At most 9 bytes.' }],
    ['small', { type: 'integer', format: 'int32', exclusiveMinimum: 0, maximum: 10 }],
    ['outside', { type: 'integer', format: 'int32', description: 'Either less than 5 or greater than 10.' }],
    [
      'large',
      {
        type: 'string',
        format: 'int64',
        pattern: '^-?[0-9]+$',
        examples: ['5'],
        description: 'At least 5. Less than 100.',
      },
    ],
    ['natural', { type: 'integer', format: 'uint32', minimum: 0 }],
    ['natural64', { type: 'string', format: 'uint64', pattern: '^[0-9]+$', examples: ['0'] }],
    [
      'real',
      {
        anyOf: [
          { type: 'number', format: 'double' },
          { type: 'string', enum: ['NaN', 'Infinity', '-Infinity'] },
        ],
      },
    ],
    ['finite', { type: 'number', format: 'double' }],
    ['ranged', { type: 'number', format: 'float', minimum: 0, maximum: 1 }],
    ['agreed', { type: 'boolean', const: true }],
    [
      'raw',
      { type: 'string', contentEncoding: 'base64', examples: ['aGVsbG8='], description: 'Exactly 16 bytes.' },
    ],
    ['shade', { ...ref('Shade'), enum: ['SHADE_DARK', 'SHADE_LIGHT'] }],
    [
      'tags',
      { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, maxItems: 3, uniqueItems: true },
    ],
    [
      'counts',
      {
        type: 'object',
        propertyNames: { maxLength: 8 },
        additionalProperties: { type: 'integer', format: 'int32', minimum: 0 },
        maxProperties: 4,
      },
    ],
    [
      'byNumber',
      { type: 'object', propertyNames: { pattern: '^-?[0-9]+$' }, additionalProperties: ref('Shade') },
    ],
    [
      'byFlag',
      {
        type: 'object',
        propertyNames: { enum: ['true', 'false'] },
        additionalProperties: { type: 'string' },
      },
    ],
    [
      'past',
      {
        type: 'string',
        format: 'date-time',
        examples: ['2030-01-31T12:00:00Z'],
        description: 'In the past.',
      },
    ],
    [
      'wait',
      {
        type: 'string',
        pattern: '^-?[0-9]+(?:\\.[0-9]{1,9})?s$',
        examples: ['1.5s'],
        description: 'At most 60s.',
      },
    ],
    ['struct', { type: 'object', additionalProperties: true }],
    ['value', { title: 'Any JSON value' }],
    ['list', { type: 'array', items: {} }],
    [
      'maybeLarge',
      {
        type: 'string',
        format: 'int64',
        pattern: '^-?[0-9]+$',
        examples: ['1'],
        description: 'At least 1.',
      },
    ],
    ['nothing', { type: 'null' }],
    ['inner', { ...ref('Ruled'), description: 'Its parent.' }],
    ['kept', ref('Kept')],
    ['even', { type: 'string', description: 'Must have an even length.' }],
    ['spared', { type: 'string' }],
    ['maybe', { type: 'string', minLength: 2 }],
  ])('writes %s', (name, schema) => {
    expect(ruled.properties?.[name]).toEqual(schema);
  });

  it('requires what an empty message breaks a rule without', () => {
    expect(ruled.required).toEqual([
      'name',
      'fixed',
      'pattern',
      're2',
      'edged',
      'listed',
      'ip',
      'small',
      'large',
      'agreed',
      'raw',
      'shade',
      'tags',
      'kept',
    ]);
  });

  it('writes a required choice, an optional one, and one made by a rule', () => {
    expect(ruled.allOf).toEqual([
      {
        oneOf: [
          { title: 'left', required: ['left'] },
          { title: 'right', required: ['right'] },
        ],
      },
      {
        oneOf: [
          { title: 'thisOne', required: ['thisOne'] },
          { title: 'thatOne', required: ['thatOne'] },
          { title: 'none', properties: { thisOne: false, thatOne: false } },
        ],
      },
      {
        oneOf: [
          { title: 'email', required: ['email'] },
          { title: 'uuid', required: ['uuid'] },
        ],
      },
    ]);
  });

  it('puts comment and rules of the message into its description', () => {
    expect(ruled.description).toBe('Every rule there is.\n\nA and b must differ.');
  });

  it('marks fields by their behavior', () => {
    expect(messageSchema(message('Kept'), scope)).toEqual({
      type: 'object',
      properties: {
        id: { type: 'string', description: 'Set by the service.', readOnly: true },
        secret: { type: 'string', format: 'password' },
        once: { type: 'string', description: 'Cannot be changed once it is set.' },
        wanted: { type: 'string' },
        code: { type: 'string', writeOnly: true },
        old: { type: 'string', deprecated: true },
      },
      required: ['wanted'],
    });
  });

  it('lists an enum with the comments of its values', () => {
    expect(components.schemas['test.ruled.v1.Shade']).toEqual({
      type: 'string',
      enum: ['SHADE_UNSPECIFIED', 'SHADE_DARK', 'SHADE_LIGHT'],
      description:
        'How it looks.\n\n- `SHADE_UNSPECIFIED`: Nobody said.\n- `SHADE_DARK`: Like the night.\n- `SHADE_LIGHT`: Deprecated.',
    });
  });

  it('leaves out fields that are given elsewhere, and writes out the messages on the way to one', () => {
    const field = (desc: DescMessage, name: string) => desc.field[name] as DescMessage['fields'][number];
    const [outer, kept] = [message('Ruled'), message('Kept')];
    const schema = messageSchema(outer, scope, [
      [field(outer, 'parent')],
      [field(outer, 'kept'), field(kept, 'wanted')],
    ]);
    expect(Object.keys(schema.properties ?? {})).not.toContain('parent');
    const inner = schema.properties?.kept;
    expect(inner).toMatchObject({ type: 'object', properties: { id: { readOnly: true } } });
    expect(inner).not.toHaveProperty('required');
    expect(inner).not.toHaveProperty('properties.wanted');
  });
});
