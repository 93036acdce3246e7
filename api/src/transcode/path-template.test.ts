import { describe, expect, it } from 'vitest';
import { type PathTemplate, parsePathTemplate } from './path-template.ts';

/** Segments in one string, so that a row stays a row: literals quoted. */
function shape(template: PathTemplate): string {
  const segments = template.segments.map((s) => (s.kind === 'literal' ? `'${s.value}'` : s.kind)).join(' ');
  return template.verb === '' ? segments : `${segments} verb '${template.verb}'`;
}

function variables(template: PathTemplate): string[] {
  return template.variables.map(
    (v) => `${v.fieldPath.join('.')} [${v.start},${v.end ?? '…'})${v.multiSegment ? ' multi' : ''}`,
  );
}

describe('parsePathTemplate()', () => {
  it.each<[text: string, segments: string, variables: string[]]>([
    ['/v1', "'v1'", []],
    ['/v1/orders', "'v1' 'orders'", []],
    ['/v1/*', "'v1' *", []],
    ['/v1/**', "'v1' **", []],
    ['/**', '**', []],
    ['/*/orders', "* 'orders'", []],
    ['/v1/orders/{id}', "'v1' 'orders' *", ['id [2,3)']],
    ['/v1/orders/{id=*}', "'v1' 'orders' *", ['id [2,3)']],
    ['/v1/{name=orders/*}', "'v1' 'orders' *", ['name [1,3) multi']],
    ['/v1/{name=orders/*/items/*}', "'v1' 'orders' * 'items' *", ['name [1,5) multi']],
    ['/v1/{name=**}', "'v1' **", ['name [1,…) multi']],
    ['/v1/{name=files/**}', "'v1' 'files' **", ['name [1,…) multi']],
    // A literal inside a variable is captured like any other segment.
    ['/v1/{kind=order}', "'v1' 'order'", ['kind [1,2)']],
    ['/v1/{order.id}', "'v1' *", ['order.id [1,2)']],
    ['/v1/{a.b.c_d=x/*}/y/{e}', "'v1' 'x' * 'y' *", ['a.b.c_d [1,3) multi', 'e [4,5)']],
    ['/v1/orders/{id}:cancel', "'v1' 'orders' * verb 'cancel'", ['id [2,3)']],
    ['/v1/{name=orders/*}:cancel', "'v1' 'orders' * verb 'cancel'", ['name [1,3) multi']],
    ['/v1/{name=**}:read', "'v1' ** verb 'read'", ['name [1,…) multi']],
    ['/v1/orders:search', "'v1' 'orders' verb 'search'", []],
    ['/v1/caf%C3%A9', "'v1' 'café'", []],
    ["/a-b._~!$&'()+,;=@c", "'a-b._~!$&'()+,;=@c'", []],
  ])('%s', (text, segments, expectedVariables) => {
    const template = parsePathTemplate(text);
    expect(shape(template)).toBe(segments);
    expect(variables(template)).toEqual(expectedVariables);
    expect(template.text).toBe(text);
  });

  it.each([
    ['', 'syntax error at column 1: expected "/", got the end'],
    ['v1', 'syntax error at column 1: expected "/", got "v"'],
    ['/', 'syntax error at column 2: expected a segment, got the end'],
    ['//v1', 'syntax error at column 2: expected a segment, got "/"'],
    ['/v1/', 'syntax error at column 5: expected a segment, got the end'],
    ['/v1//x', 'syntax error at column 5: expected a segment, got "/"'],
    ['/v1 x', 'syntax error at column 4: expected "/", ":" or the end, got " "'],
    ['/v1/?x', 'syntax error at column 5: expected a segment, got "?"'],
    ['/v1/x*', 'syntax error at column 6: expected "/", ":" or the end, got "*"'],
    ['/v1/***', 'syntax error at column 7: expected the end, because "**" comes last, got "*"'],
    ['/v1/**/x', 'syntax error at column 7: expected the end, because "**" comes last, got "/"'],
    ['/v1/{a=**/x}', 'syntax error at column 10: expected "}", got "/"'],
    ['/v1/{a=**}/x', 'syntax error at column 11: expected the end, because "**" comes last, got "/"'],
    ['/v1/{id', 'syntax error at column 8: expected "}", got the end'],
    ['/v1/{id-x}', 'syntax error at column 8: expected "}", got "-"'],
    ['/v1/{}', 'syntax error at column 6: expected a field name, got "}"'],
    ['/v1/{1a}', 'syntax error at column 6: expected a field name, got "1"'],
    ['/v1/{a.}', 'syntax error at column 8: expected a field name, got "}"'],
    ['/v1/{a=}', 'syntax error at column 8: expected a segment, got "}"'],
    ['/v1/{a=/x}', 'syntax error at column 8: expected a segment, got "/"'],
    [
      '/v1/{a={b}}',
      'syntax error at column 8: expected a segment, because a variable holds no other variable, got "{"',
    ],
    ['/v1/{a}/{a}', 'field "a" is bound twice, again at column 9'],
    ['/v1/{a}x', 'syntax error at column 8: expected "/", ":" or the end, got "x"'],
    ['/v1/x:', 'syntax error at column 7: expected a verb, got the end'],
    ['/v1/x:a:b', 'syntax error at column 8: expected "/", ":" or the end, got ":"'],
    ['/v1/x:a/b', 'syntax error at column 8: expected "/", ":" or the end, got "/"'],
    ['/v1/%zz', 'syntax error at column 5: expected a segment, got "%"'],
    ['/v1/%C3', '"%C3" at column 5 is not percent-encoded UTF-8'],
  ])('refuses %j', (text, message) => {
    expect(() => parsePathTemplate(text)).toThrow(
      expect.objectContaining({ name: 'PathTemplateError', message }),
    );
  });
});
