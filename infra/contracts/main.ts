#!/usr/bin/env node
// npm run generate: schemas/**/*.proto to TypeScript in schemas/gen. `npm run generate -- --check` only compares.
import { parseArgs } from 'node:util';
import { findProject } from '../project/find-project.ts';
import { generate, OUT } from './generate.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
try {
  const changes = await generate({ root: findProject(process.cwd()), checkOnly: values.check });
  for (const { path, kind } of changes) console.log(`${kind.padEnd(8)} ${OUT}/${path}`);
  if (values.check && changes.length > 0) {
    console.error(`${changes.length} generated files differ from the protos. To mend it: npm run generate`);
    process.exitCode = 1;
  } else {
    console.log(changes.length === 0 ? `${OUT} is up to date` : `${OUT} updated`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error('Nothing was generated: the protos do not compile, or buf could not run (see above).');
  process.exitCode = 1;
}
