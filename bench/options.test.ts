import { describe, expect, it } from 'vitest';
import { EXPERIMENTS } from './experiments/catalog.ts';
import { parseBenchOptions } from './options.ts';

describe('parseBenchOptions()', () => {
  it('measures everything, three rounds of two seconds, unless told otherwise', () => {
    const options = parseBenchOptions([]);
    expect(options).toMatchObject({ experiments: EXPERIMENTS, rounds: 3, windowMs: 2000, tableOnly: false });
    expect(options.subjects).toEqual(expect.arrayContaining(['busline', 'grpc-js', 'fastify-grpc']));
  });

  it.each([
    [['--rounds', '5', '--seconds', '0.25'], { rounds: 5, windowMs: 250 }],
    [['--quick'], { rounds: 1, windowMs: 500 }],
    [['--quick', '--rounds', '2'], { rounds: 2, windowMs: 500 }],
    [['--only', 'unary'], { experiments: [{ name: 'unary' }] }],
    [['--only', 'streams,unary'], { experiments: [{ name: 'streams' }, { name: 'unary' }] }],
    [['edge', '--only', 'unary'], { experiments: [{ name: 'edge' }, { name: 'unary' }] }],
    [['--table'], { tableOnly: true }],
  ])('reads %j', (args, expected) => {
    expect(parseBenchOptions(args)).toMatchObject(expected);
  });

  it('selects subjects by name', () => {
    const { subjects } = parseBenchOptions(['--subjects', 'grpc-js, busline']);
    expect(subjects).toEqual(['grpc-js', 'busline']);
  });

  it.each([
    [['--rounds', '0'], '--rounds must be a number above 0'],
    [['--rounds', '1.5'], '--rounds must be a whole number'],
    [['--seconds', 'long'], '--seconds must be a number above 0, not "long"'],
    [['--only', 'tea'], 'nothing to measure is called "tea"; there is unary, streams, edge'],
    [['--subjects', 'tea'], 'no subject called "tea"; the subjects are busline'],
    [['tea'], 'nothing to measure is called "tea"'],
    [['--fast'], '--fast'],
  ])('refuses %j', (args, problem) => {
    expect(() => parseBenchOptions(args)).toThrow(problem);
  });
});
