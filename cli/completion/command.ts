import { Argument } from 'commander';
import type { DefineCommand } from '../program/command-table.ts';
import { shells } from './shells.ts';

export const defineCompletion: DefineCommand = (command, begin) => {
  command
    .description('Prints what teaches a shell to complete commands, options, and the names of what is live.')
    .addArgument(new Argument('<shell>').choices(shells))
    .action(async (shell: (typeof shells)[number]) => {
      const { completionScript } = await import('./completion-script.ts');
      const { output } = begin();
      const script = completionScript(shell);
      if (output.json) output.document({ script });
      else output.write(script);
    })
    .addHelpText(
      'after',
      `
Examples:
  source <(npx busline completion bash)
  npx busline completion zsh > ~/.zfunc/_busline
  npx busline completion fish > ~/.config/fish/completions/busline.fish`,
    );
};
