/** A line of two texts: of both, of the first only, of the second only. */
export interface DiffLine {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Longest texts that are compared line by line; beyond that, all of one is followed by all of the other. */
const maxLines = 4_000;

/** What changed from one text to another, with the longest common part kept. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  if (a.length > maxLines || b.length > maxLines) return [...marked('-', a), ...marked('+', b)];
  // Lengths of the longest common parts of what is left of both, from each pair of places on.
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ mark: ' ', text: a[i] ?? '' });
      i++;
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) lines.push({ mark: '-', text: a[i++] ?? '' });
    else lines.push({ mark: '+', text: b[j++] ?? '' });
  }
  return [...lines, ...marked('-', a.slice(i)), ...marked('+', b.slice(j))];
}

/** Only the changes, with some lines around each; `undefined` stands for what was left out. */
export function withContext(lines: readonly DiffLine[], around = 3): (DiffLine | undefined)[] {
  const keep = new Set<number>();
  lines.forEach(({ mark }, index) => {
    if (mark === ' ') return;
    for (let near = index - around; near <= index + around; near++) keep.add(near);
  });
  return lines.flatMap((line, index) => {
    if (keep.has(index)) return [line];
    return keep.has(index - 1) ? [undefined] : [];
  });
}

function marked(mark: '-' | '+', lines: readonly string[]): DiffLine[] {
  return lines.map((text) => ({ mark, text }));
}
