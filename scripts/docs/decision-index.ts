import type { DecisionRecord } from './decision-record.ts';

const BEGIN = '<!-- index: written by scripts/adr-index.ts -->';
const END = '<!-- end of index -->';

/**
 * `readme` with the table of `records` between its two marker lines.
 *
 * @throws Error where the markers are missing, or two records share a number. Numbers may be missing: those of decisions under way
 * on other branches.
 */
export function withDecisionIndex(readme: string, records: readonly DecisionRecord[]): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end < begin) {
    throw new Error(`docs/adr/README.md needs the lines "${BEGIN}" and "${END}"`);
  }
  const sorted = records.toSorted((a, b) => a.number - b.number);
  for (const [index, record] of sorted.entries()) {
    const before = sorted[index - 1];
    if (record.number === before?.number) {
      throw new Error(`docs/adr/${record.fileName}: ${before.fileName} has the same number`);
    }
  }
  const rows = sorted.map(
    ({ fileName, title, status, date }) =>
      `| [${fileName.slice(0, 4)}](${fileName}) | ${title} | ${status} | ${date} |`,
  );
  const table = ['| number | decision | status | date |', '|---|---|---|---|', ...rows].join('\n');
  return `${readme.slice(0, begin)}${BEGIN}\n\n${table}\n\n${readme.slice(end)}`;
}
