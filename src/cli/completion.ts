import { Argument, Command } from 'commander'
import type { ShellName } from './complete/shell-scripts.js'
import { SHELL_SCRIPTS } from './complete/shell-scripts.js'
import { addHelpTexts } from './help-texts.js'

/** `pq completion`: prints what a shell reads to complete commands, options, queues, jobs and filters. */
export function completionCommand(): Command {
  return addHelpTexts(new Command('completion'), {
    notes: [
      'Names of queues, workers, schedules and problems come from the store, and those of jobs from the job files; within two seconds, or not at all.',
    ],
    examples: [
      ['In ~/.bashrc', 'eval "$(pq completion bash)"'],
      ['In ~/.zshrc, below compinit', 'eval "$(pq completion zsh)"'],
      ['In ~/.config/fish/config.fish', 'pq completion fish | source'],
    ],
    exitCodes: '0 success, 2 wrong usage.',
  })
    .description('Print the completion of pq for a shell.')
    .addArgument(new Argument('<shell>', 'The shell').choices(Object.keys(SHELL_SCRIPTS)))
    .action((shell: ShellName) => {
      process.stdout.write(SHELL_SCRIPTS[shell])
    })
}
