/** `completion`: a script with which a shell completes commands and options. */
import type { Command } from 'commander';
import { Argument } from 'commander';
import type { Context } from './context.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

type Words = { name: string; says: string; options: { flag: string; says: string }[] };

const wordsOf = (root: Command): Words[] =>
  root.commands
    .filter((command) => command.name() !== 'help')
    .map((command) => ({
      name: command.name(),
      says: command.summary(),
      options: command.options
        .filter(({ hidden, long }) => !hidden && long)
        .map(({ long, description }) => ({ flag: long!, says: description.split('\n')[0]! })),
    }));

// Only words of ours stand in the scripts; a quote in one of them must not end it.
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const bash = (commands: readonly Words[]): string => `_mapcert() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=
  if [ "$COMP_CWORD" = 1 ]; then
    words=${quoted(commands.map(({ name }) => name).join(' '))}
  else
    case "\${COMP_WORDS[1]}" in
${commands.map(({ name, options }) => `      ${name}) words=${quoted(options.map(({ flag }) => flag).join(' '))} ;;`).join('\n')}
    esac
    case "$word" in -*) ;; *) words= ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F _mapcert mapcert
`;

const fish = (commands: readonly Words[]): string =>
  [
    ...commands.map(
      ({ name, says }) =>
        `complete -c mapcert -n __fish_use_subcommand -f -a ${name} -d ${quoted(says)}`,
    ),
    ...commands.flatMap(({ name, options }) =>
      options.map(
        ({ flag, says }) =>
          `complete -c mapcert -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)} -d ${quoted(says)}`,
      ),
    ),
    '',
  ].join('\n');

const scriptOf = (shell: Shell, commands: readonly Words[]): string => {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
    case 'fish':
      return fish(commands);
  }
};

/** Adds `completion`. */
export const addCompletion = (root: Command, context: Context): void => {
  root
    .command('completion')
    .summary('a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'whose script').choices(SHELLS))
    .addHelpText('after', '\nExample:\n  source <(mapcert completion bash)')
    .action((shell: Shell) => {
      context.stdout.write(scriptOf(shell, wordsOf(root)));
    });
};
