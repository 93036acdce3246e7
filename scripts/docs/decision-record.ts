/** An architecture decision record, as far as the index shows it. */
export interface DecisionRecord {
  readonly fileName: string;
  readonly number: number;
  readonly title: string;
  readonly status: string;
  readonly date: string;
}

const FILE_NAME = /^(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.md$/;
const TITLE = /^# (\d{4})\. (\S.*)$/;
const STATUS = /^(?:proposed|accepted|rejected|superseded by \d{4})$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const SECTIONS = ['Context', 'Decision', 'Consequences'];

/**
 * Reads a record written from docs/adr/template.md.
 *
 * @throws Error naming the file and every field that is not as the template has it.
 */
export function parseDecisionRecord(fileName: string, text: string): DecisionRecord {
  const problems: string[] = [];
  const [titleLine = '', ...rest] = text.split('\n');
  const fileNumber = FILE_NAME.exec(fileName)?.[1];
  const [, titleNumber, title = ''] = TITLE.exec(titleLine) ?? [];
  const field = (name: string): string =>
    rest
      .find((line) => line.startsWith(`- ${name}: `))
      ?.slice(name.length + 4)
      .trim() ?? '';
  const status = field('Status');
  const date = field('Date');

  if (fileNumber === undefined) problems.push('the file name is not NNNN-words-in-lower-case.md');
  if (titleNumber === undefined) problems.push('the first line is not "# NNNN. Title"');
  else if (titleNumber !== fileNumber) problems.push(`the title's number ${titleNumber} is not the file's`);
  if (!STATUS.test(status)) {
    problems.push(`"- Status: ${status}" is none of proposed, accepted, rejected, superseded by NNNN`);
  }
  if (!DATE.test(date) || Number.isNaN(Date.parse(date)))
    problems.push(`"- Date: ${date}" is not a YYYY-MM-DD`);
  problems.push(...sectionProblems(rest.join('\n')));
  if (problems.length > 0) throw new Error(`docs/adr/${fileName}: ${problems.join('; ')}`);
  return { fileName, number: Number(fileNumber), title, status, date };
}

function sectionProblems(text: string): string[] {
  const [, ...parts] = text.split(/^## /m);
  const sections = parts.map((part) => {
    const [name = '', ...body] = part.split('\n');
    return { name: name.trim(), empty: body.join('').trim() === '' };
  });
  const names = sections.map((section) => section.name);
  if (names.join() !== SECTIONS.join()) {
    return [`the sections are "${names.join(', ')}", not "${SECTIONS.join(', ')}"`];
  }
  return sections.filter((section) => section.empty).map((section) => `"${section.name}" is empty`);
}
