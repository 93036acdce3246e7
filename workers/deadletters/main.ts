import { deadLetterService, runWorker } from '@busline/bus';
import manifest from './package.json' with { type: 'json' };

await runWorker({
  name: 'deadletters',
  version: manifest.version,
  services: (bus) => [deadLetterService(bus)],
});
