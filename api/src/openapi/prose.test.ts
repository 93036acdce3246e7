import { describe, expect, it } from 'vitest';
import { described, firstSentence, inWords } from './prose.ts';

describe('firstSentence()', () => {
  it.each([
    ['Makes a thing.', 'Makes a thing'],
    ['Makes a thing. It takes\na while.', 'Makes a thing'],
    ['Makes\na thing\n\nMore.', 'Makes a thing'],
    ['Takes 1.5 seconds, e.g. when idle. More.', 'Takes 1.5 seconds, e.g. when idle'],
    ['Is it? Yes.', 'Is it?'],
    ['No full stop', 'No full stop'],
    ['', ''],
  ])('of %j is %j', (comment, sentence) => {
    expect(firstSentence(comment)).toBe(sentence);
  });
});

describe('inWords()', () => {
  it.each([
    ['PlaceOrder', 'Place order'],
    ['Get', 'Get'],
    ['ListV2Items', 'List v2 items'],
  ])('of %s is %s', (name, words) => {
    expect(inWords(name)).toBe(words);
  });
});

describe('described()', () => {
  it('joins what there is by empty lines, and is nothing for nothing', () => {
    expect(described(['a', '', 'b'])).toEqual({ description: 'a\n\nb' });
    expect(described(['', ''])).toEqual({});
  });
});
