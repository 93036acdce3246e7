// The process around the program: its streams, its signals, its end.
import { processIo } from './process-io.ts';
import { runProgram } from './run-program.ts';

const code = await runProgram(process.argv.slice(2), processIo());
// What was written has to leave first; a connection that is still open must not keep the process.
await new Promise((resolve) => process.stdout.write('', resolve));
process.exit(code);
