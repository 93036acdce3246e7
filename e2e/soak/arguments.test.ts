import { describe, expect, it } from 'vitest';
import { parseSoakArguments } from './arguments.ts';

describe('parseSoakArguments()', () => {
  it.each([
    [['drain'], { name: 'drain', seconds: 30, seed: 1 }],
    [['fuzz', '--cases', '9'], { name: 'fuzz', seconds: 30, seed: 1, cases: 9 }],
    [['kill', '--seconds', '5', '--seed', '0'], { name: 'kill', seconds: 5, seed: 0 }],
  ])('%j', (args, expected) => {
    expect(parseSoakArguments(args)).toEqual(expected);
  });

  it.each([
    [[], 'which proof?'],
    [['toString'], 'there is no proof called "toString"'],
    [['drain', 'kill'], 'one proof at a time: "kill" is too much'],
    [['drain', '--seconds', '0'], '--seconds must be a whole number from 1 to 86400, not "0"'],
    [['drain', '--seed', '1.5'], '--seed must be a whole number from 0 to 4294967295, not "1.5"'],
    [['drain', '--cases', '9'], 'drain takes no --cases, only fuzz does'],
    [['fuzz', '--cases', '0'], '--cases must be a whole number from 1 to 1000000000, not "0"'],
    [['drain', '--fast'], "Unknown option '--fast'"],
  ])('refuses %j', (args, message) => {
    expect(() => parseSoakArguments(args)).toThrow(message);
  });
});
