// npm run api-key: makes a key for a client. The key goes to stdout, everything else to stderr.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { newApiKey } from './policies/authentication/new-api-key.ts';

const usage = `Usage: npm run -s api-key -- --file <keys.json> --subject <name> [options]

Makes an API key, adds its hash to the file, and prints the key. It cannot be printed again.

  --file <path>        the file of keys that "authentication.apiKeysFile" names; made when it is not there
  --subject <name>     who the key is for, as workers will see it
  --scopes <a,b>       what the owner may do, default nothing in particular
  --expires <time>     when the key ends, for example 2027-01-31T00:00:00Z; default never
  --note <text>        for whoever reads the file`;

try {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      subject: { type: 'string' },
      scopes: { type: 'string' },
      expires: { type: 'string' },
      note: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const { file, subject, scopes, expires, note, help } = values;
  if (help) {
    process.stdout.write(`${usage}\n`);
  } else {
    if (file === undefined || subject === undefined) throw new TypeError('--file and --subject are needed');
    const owner = { subject, scopes: scopes?.split(',').filter((scope) => scope !== ''), expires, note };
    const made = newApiKey(owner, existsSync(file) ? readFileSync(file, 'utf8') : undefined);
    // In one step, because an edge may be reading it.
    writeFileSync(`${file}.new`, made.file, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    process.stderr.write(`added to ${file}; edges that use it take the key within a second\n`);
    process.stdout.write(`${made.key}\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`);
  process.exitCode = 2;
}
