#!/usr/bin/env node
// JavaScript, so that a Node too old for TypeScript can say so instead of failing on the first type.
import { enableCompileCache } from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `error: busline needs Node 22.18 or newer, and this is ${process.version}\n` +
      'try:   npx busline, which runs on the Node that npm installed in the project\n',
  );
  process.exitCode = 1;
} else {
  // Half of the time to the first line of help is compiling what did not change since the last time.
  enableCompileCache();
  await import('../program/main.ts');
}
