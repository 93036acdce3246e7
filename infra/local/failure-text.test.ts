import { describe, expect, it } from 'vitest';
import { failureText } from './failure-text.ts';

describe('failureText()', () => {
  it.each([
    [
      'an uncaught error keeps its own frames only',
      `
file:///shop/workers/orders/main.ts:3
throw new Error('no');
      ^

Error: no
    at place (file:///shop/workers/orders/main.ts:3:7)
    at file:///shop/node_modules/x/index.js:1:1
    at ModuleJob.run (node:internal/modules/esm/module_job:439:25)

Node.js v24.21.0
`,
      `file:///shop/workers/orders/main.ts:3
throw new Error('no');
      ^

Error: no
    at place (file:///shop/workers/orders/main.ts:3:7)`,
    ],
    ['log lines below error are left out', '{"level":30,"msg":"serving"}\n{"level":40,"msg":"slow"}\n', ''],
    ['an error in the log becomes its message', '{"level":50,"msg":"could not start"}', 'could not start'],
    [
      'with its cause',
      '{"level":60,"err":{"message":"the broker refused"},"msg":"could not start"}',
      'could not start: the broker refused',
    ],
    ['a cause that says the same is said once', '{"level":50,"err":{"message":"no"},"msg":"no"}', 'no'],
    ['an error without a message', '{"level":50,"err":{"message":"no"}}', 'no'],
    ['broken JSON stays as it is', '{"level":50', '{"level":50'],
    ['nothing', '', ''],
  ])('%s', (_case, output, text) => {
    expect(failureText(output)).toBe(text);
  });

  it('shows the first twelve lines and counts the rest', () => {
    const output = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join('\n');
    expect(failureText(output).split('\n')).toEqual([
      ...Array.from({ length: 12 }, (_, index) => `line ${index + 1}`),
      '… 8 more lines',
    ]);
  });
});
