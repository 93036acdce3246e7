import { runWorker } from '@busline/bus';
import { events } from './events.ts';
import manifest from './package.json' with { type: 'json' };
import { services } from './services.ts';

await runWorker({ name: 'notifications', version: manifest.version, services, events });
