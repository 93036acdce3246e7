import { createRequire } from 'node:module';
import { shellWord } from '../output/shell-word.ts';
import type { Shell } from './shells.ts';

/** What a shell runs to complete `busline`: it asks this very program, whether that is on the path or not. */
export function completionScript(shell: Shell): string {
  const program = createRequire(import.meta.url).resolve('@busline/cli/bin');
  const ask = `${shellWord(process.execPath)} ${shellWord(program)} __complete --`;
  switch (shell) {
    case 'bash':
      return `_busline() {
  local IFS=$'\\n'
  COMPREPLY=($(${ask} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _busline busline
`;
    case 'zsh':
      return `#compdef busline
_busline() {
  local line
  local -a candidates
  for line in "\${(@f)$(${ask} "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && candidates+=("\${line%%$'\\t'*}:\${line#*$'\\t'}")
  done
  _describe busline candidates
}
# Called by the completion that loads this file, or read into a shell.
if [[ $funcstack[1] == _busline ]]; then _busline "$@"; else compdef _busline busline; fi
`;
    case 'fish':
      return `complete -c busline -f -a "(${ask} (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)"
`;
    case 'powershell':
      return `Register-ArgumentCompleter -Native -CommandName busline -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += '""' }
  & ${ask} @words | ForEach-Object {
    $name, $text = $_ -split "\`t", 2
    [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $(if ($text) { $text } else { $name }))
  }
}
`;
  }
}
