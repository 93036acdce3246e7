import { describe, expect, it } from 'vitest';
import { loadKitchenSink } from '../../testing/kitchen-sink.ts';
import { locateField } from './field-location.ts';
import { compileHttpRules } from './http-rule.ts';

const { method } = loadKitchenSink();

describe('locateField()', () => {
  it.each([
    ['Echo', 0, 'int32_value', { pointer: '#/int32Value' }],
    ['Echo', 0, 'children[2].big_number', { pointer: '#/children/2/bigNumber' }],
    ['Echo', 0, 'labels["a/b~c d"]', { pointer: '#/labels/a~1b~0c%20d' }],
    ['Echo', 0, 'children_by_number[7].name', { pointer: '#/childrenByNumber/7/name' }],
    ['Echo', 0, 'renamed', { pointer: '#/otherName' }],
    ['Echo', 0, 'unknown_thing', { pointer: '#/unknown_thing' }],
    ['Echo', 0, '', { pointer: '#' }],
    ['Get', 0, 'text', { parameter: 'text' }],
    ['Get', 0, 'int32_value', { parameter: 'int32Value' }],
    ['Get', 0, 'child.big_number', { parameter: 'child.bigNumber' }],
    ['Update', 0, 'sink.text', { parameter: 'sink.text' }],
    ['Update', 0, 'sink.int32_value', { pointer: '#/int32Value' }],
    ['Update', 0, 'sink', { pointer: '#' }],
    ['Update', 0, 'validate_only', { parameter: 'validateOnly' }],
    ['Lock', 0, 'text', { parameter: 'text' }],
  ])('%s, rule %i: %s', (name, rule, field, location) => {
    expect(locateField(field, compileHttpRules(method(name)).bindings[rule])).toEqual(location);
  });

  it('points into the whole message without a binding', () => {
    expect(locateField('lines[0].sku', undefined)).toEqual({ pointer: '#/lines/0/sku' });
  });
});
