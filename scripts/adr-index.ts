// Writes the index of docs/adr/README.md from the records beside it; with --check only says whether it is current.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withDecisionIndex } from './docs/decision-index.ts';
import { type DecisionRecord, parseDecisionRecord } from './docs/decision-record.ts';
import { REPO_ROOT } from './repo-files.ts';

const folder = join(REPO_ROOT, 'docs/adr');
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const records: DecisionRecord[] = [];
const problems: string[] = [];
for (const fileName of readdirSync(folder).sort()) {
  if (!fileName.endsWith('.md') || fileName === 'README.md' || fileName === 'template.md') continue;
  try {
    records.push(parseDecisionRecord(fileName, readFileSync(join(folder, fileName), 'utf8')));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
}
if (problems.length === 0) {
  const path = join(folder, 'README.md');
  const current = readFileSync(path, 'utf8');
  const wanted = withDecisionIndex(current, records);
  if (values.check && wanted !== current) problems.push('docs/adr/README.md: the index is not up to date');
  else if (!values.check) writeFileSync(path, wanted);
}

for (const problem of problems) console.error(problem);
console.log(`${records.length} decision records, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
