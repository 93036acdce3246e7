import { Option } from 'commander';
import type { DefineCommand } from '../program/command-table.ts';
import type { PsOptions } from './ps.ts';
import { sortKeys } from './sort-keys.ts';

export const definePs: DefineCommand = (command, begin) => {
  command
    .description('Shows which instances serve what, and how they are getting on.')
    .argument('[service]', 'only services that this name fits')
    .option('--methods', 'by method, all instances together')
    .addOption(new Option('--sort <column>', 'the largest first; by name otherwise').choices(sortKeys))
    .option('-w, --watch', 'again and again, with what happened in between')
    .option('--interval <duration>', 'with --watch: time between two looks', '2s')
    .action(async (service: string | undefined, options: PsOptions) =>
      (await import('./ps.ts')).ps(begin(), service, options),
    );
};
