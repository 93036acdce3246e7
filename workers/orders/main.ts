import { runWorker } from '@busline/bus';
import manifest from './package.json' with { type: 'json' };
import { services } from './services.ts';

await runWorker({ name: 'orders', version: manifest.version, services });
