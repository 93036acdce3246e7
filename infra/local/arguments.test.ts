import { describe, expect, it } from 'vitest';
import { HELP, parseArguments } from './arguments.ts';

const defaults = {
  apiPort: 8080,
  natsPort: 4222,
  workers: {},
  only: undefined,
  ephemeral: false,
  watch: false,
  json: false,
};

describe('parseArguments()', () => {
  it.each([
    [[], {}],
    [['--port', '9000'], { apiPort: 9000 }],
    [['--port=9000', '--nats-port=4333'], { apiPort: 9000, natsPort: 4333 }],
    [['--workers', 'orders=4,greeter=0'], { workers: { orders: 4, greeter: 0 } }],
    [['--workers', ' orders = 4 , greeter = 0 '], { workers: { orders: 4, greeter: 0 } }],
    [['--ephemeral', '--watch'], { ephemeral: true, watch: true }],
    [['--only', 'orders, inventory,orders', '--json'], { only: ['orders', 'inventory'], json: true }],
  ])('%j', (args, options) => {
    expect(parseArguments(args)).toEqual({ kind: 'run', options: { ...defaults, ...options } });
  });

  it.each([[['--help']], [['-h', '--port', '1']]])('%j asks for help', (args) => {
    expect(parseArguments(args)).toEqual({ kind: 'help' });
  });

  it.each([
    [['--prot', '9000'], "Unknown option '--prot'"],
    [['start'], "Unexpected argument 'start'"],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--ephemeral=yes'], "Option '--ephemeral' does not take an argument"],
    [['--port', '0'], "--port needs a port from 1 to 65535, not '0'"],
    [['--port', '65536'], "--port needs a port from 1 to 65535, not '65536'"],
    [['--port', '80a'], "--port needs a port from 1 to 65535, not '80a'"],
    [['--nats-port', '1e3'], "--nats-port needs a port from 1 to 65535, not '1e3'"],
    [['--workers', 'orders'], "not 'orders'"],
    [['--workers', 'orders=two'], "not 'orders=two'"],
    [['--workers', 'orders=-1'], "not 'orders=-1'"],
    [['--workers', 'orders=65'], "numbers up to 64, not 'orders=65'"],
    [['--workers', '=2'], "not '=2'"],
    [['--workers', 'orders=1=2'], "not 'orders=1=2'"],
    [['--workers', 'orders=1,'], "not ''"],
    [['--only', 'orders,'], "not 'orders,'"],
    [['--workers', 'orders=1,orders=2'], '--workers names orders twice'],
  ])('%j is refused: %s', (args, problem) => {
    expect(parseArguments(args)).toEqual({ kind: 'invalid', problem: expect.stringContaining(problem) });
  });

  it('has every option in its help', () => {
    for (const option of [
      '--port',
      '--nats-port',
      '--workers',
      '--only',
      '--ephemeral',
      '--watch',
      '--json',
      '--help',
    ])
      expect(HELP).toContain(`  ${option} `);
  });
});
