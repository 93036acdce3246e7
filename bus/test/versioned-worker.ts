import { implement, runWorker } from '@busline/bus';
import { type ContractVersion, contractVersion } from '../src/registry/testing/contract-version.ts';

// A worker whose contract is given in the environment, for tests of workers of several versions.
const contract: ContractVersion = JSON.parse(process.env.CONTRACT ?? '');

await runWorker({
  name: 'things',
  version: process.env.VERSION ?? '1.0.0',
  services: () => [implement(contractVersion(contract), { get: (thing) => thing })],
});
