import { describe, expect, it } from 'vitest';
import type { PathVariable } from './path-template.ts';
import { parsePathTemplate } from './path-template.ts';
import { captureVariable } from './path-variables.ts';

function capture(template: string, path: string): string {
  const [variable] = parsePathTemplate(template).variables;
  return captureVariable(variable as PathVariable, path.slice(1).split('/'));
}

describe('captureVariable()', () => {
  it.each([
    ['/v1/{x}', '/v1/plain', 'plain'],
    ['/v1/{x}', '/v1/a%20b+c', 'a b+c'],
    // one segment is decoded wholly
    ['/v1/{x}', '/v1/a%2Fb%2fc', 'a/b/c'],
    ['/v1/{x}', '/v1/%25%2B%C3%A9%F0%9F%99%82', '%+é🙂'],
    ['/v1/{x}/y', '/v1/a/y', 'a'],
    // several segments keep their encoded slashes
    ['/v1/{x=a/*}', '/v1/a/b', 'a/b'],
    ['/v1/{x=a/*}', '/v1/a/b%2Fc%20d', 'a/b%2Fc d'],
    ['/v1/{x=**}', '/v1/a/b%2fc/%C3%A9', 'a/b%2fc/é'],
    ['/v1/{x=**}', '/v1', ''],
    ['/v1/{x=**}', '/v1/', ''],
    ['/v1/{x=**}', '/v1/a', 'a'],
    ['/v1/{x=**}', '/v1/a%2Fb', 'a%2Fb'],
    ['/v1/{x=a/**}', '/v1/a', 'a'],
  ])('%s on %s', (template, path, value) => {
    expect(capture(template, path)).toBe(value);
  });

  it.each(['/v1/%FF', '/v1/%C3', '/v1/%ED%A0%80'])('refuses %s', (path) => {
    const violation = expect.objectContaining({ description: 'not percent-encoded UTF-8' });
    expect(() => capture('/v1/{x}', path)).toThrow(violation);
    expect(() => capture('/v1/{x=**}', path)).toThrow(violation);
  });
});
