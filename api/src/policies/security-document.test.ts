import { readFileSync } from 'node:fs';
import { codeTable } from '@busline/bus/errors';
import { describe, expect, it } from 'vitest';
import { parsePolicies } from './configuration/parse-policies.ts';
import { edgeReasons } from './edge-fault.ts';

const document = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');

describe('docs/security.md', () => {
  it('describes every reason for which an edge turns callers away, each once, and no other', () => {
    const rows = document
      .split('\n')
      .filter((line) => /^\| `[A-Z_]+` \| [A-Z_]+ \|/.test(line))
      .map((line) =>
        line
          .split('|')
          .slice(1, 4)
          .map((cell) => cell.trim()),
      );
    const inCode = Object.entries(edgeReasons).map(([reason, code]) => [
      `\`${reason}\``,
      codeTable[code].name,
      String(codeTable[code].httpStatus),
    ]);
    expect(rows.toSorted()).toEqual(inCode.toSorted());
  });

  it('has an example of a configuration that an edge takes', () => {
    const text = /```json\n([\s\S]*?)```/.exec(document)?.[1] ?? '';
    const config = parsePolicies({ text, folder: '/etc/busline' }, 'authenticated');
    expect(config.authentication.jwt).toHaveLength(1);
    expect(config.rateLimits.map(({ name }) => name)).toEqual(['default', 'write']);
    expect(config.rules.map(({ pattern }) => pattern.text)).toEqual([
      'greet.*',
      'orders.v1.OrderService/PlaceOrder',
      'payments.*',
    ]);
  });
});
