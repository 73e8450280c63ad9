/** Shells that completion was made for. */
export const shells = ['bash', 'zsh'] as const;
type Shell = (typeof shells)[number];

/**
 * What a shell must know. Candidates come from the server: none of them is ever expanded as a word of the shell
 * (`compgen -W` would run a `$(…)` in the name of a conversation).
 */
export const scripts: Readonly<Record<Shell, string>> = {
  bash: `# Completion of dispatch for bash. Put this line into ~/.bashrc:
#   source <(dispatch completion bash)
_dispatch_completion() {
  local word="\${COMP_WORDS[COMP_CWORD]}" each
  COMPREPLY=()
  while IFS= read -r each; do
    if [[ $each == "$word"* ]]; then COMPREPLY+=("$(printf '%q' "$each")"); fi
  done < <(SHELL=bash dispatch --get-yargs-completions "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
}
complete -o default -F _dispatch_completion dispatch
`,
  zsh: `#compdef dispatch
# Completion of dispatch for zsh. Put this line into ~/.zshrc, after compinit:
#   source <(dispatch completion zsh)
_dispatch_completion() {
  local -a found
  found=("\${(@f)$(SHELL=zsh dispatch --get-yargs-completions "\${(@)words[1,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then
    _describe 'dispatch' found
  else
    _files
  fi
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then
  _dispatch_completion "$@"
else
  compdef _dispatch_completion dispatch
fi
`,
};
