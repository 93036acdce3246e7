/** The first sentence of a comment on one line, without its full stop; empty for an empty comment. */
export function firstSentence(comment: string): string {
  const paragraph = (comment.split(/\n\s*\n/, 1)[0] ?? '').replace(/\s+/g, ' ').trim();
  const sentence = /^.*?[.!?](?= [A-Z"`(]|$)/.exec(paragraph)?.[0] ?? paragraph;
  return sentence.replace(/\.$/, '');
}

/** `PlaceOrder` as `Place order`, for a method without a comment. */
export function inWords(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').split(' ');
  return words.map((word, index) => (index === 0 ? word : word.toLowerCase())).join(' ');
}

/** Paragraphs as Markdown, empty ones left out; undefined when there is none. */
export function paragraphs(parts: readonly string[]): string | undefined {
  const text = parts.filter((part) => part !== '').join('\n\n');
  return text === '' ? undefined : text;
}

/** A description as a member to spread, absent when there is none. */
export function described(parts: readonly string[]): { readonly description?: string } {
  const description = paragraphs(parts);
  return description === undefined ? {} : { description };
}
