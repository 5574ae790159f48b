/** Shells that `pq completion` knows. */
export type ShellName = keyof typeof SHELL_SCRIPTS

const BASH = `# bash completion of pq. In ~/.bashrc: eval "$(pq completion bash)"
_pq() {
  local reply line
  COMPREPLY=()
  reply=$("$1" __complete bash "$COMP_WORDBREAKS" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null) || return
  [ -n "$reply" ] || return
  if [ "$reply" = :files ]; then
    compopt -o default 2>/dev/null
    return
  fi
  while IFS= read -r line; do COMPREPLY+=("$line"); done <<<"$reply"
  # A key or an argument goes on behind its last character.
  case \${COMPREPLY[0]} in *[:=.]) compopt -o nospace 2>/dev/null ;; esac
}
complete -F _pq pq
`

const ZSH = `#compdef pq
# zsh completion of pq. In ~/.zshrc, below compinit: eval "$(pq completion zsh)"
_pq() {
  local line text
  local -a lines open openShown whole wholeShown
  lines=("\${(@f)$("\${words[1]}" __complete zsh "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${lines[1]}" == :files ]]; then
    _files
    return
  fi
  for line in "\${(@)lines}"; do
    [[ -n "$line" ]] || continue
    text="\${line%%$'\\t'*}"
    line="\${\${line/$'\\t'/ -- }% -- }"
    # A key or an argument goes on behind its last character.
    if [[ "$text" == *[:=.] ]]; then
      open+=("$text") openShown+=("$line")
    else
      whole+=("$text") wholeShown+=("$line")
    fi
  done
  compadd -l -S '' -d openShown -a open
  compadd -l -d wholeShown -a whole
}
if [ "\${funcstack[1]}" = _pq ]; then _pq "$@"; else compdef _pq pq; fi
`

const FISH = `# fish completion of pq. In ~/.config/fish/config.fish: pq completion fish | source
function __pq_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l lines ($words[1] __complete fish $words[2..-1] "$word" 2>/dev/null)
    if test "$lines[1]" = :files
        __fish_complete_path "$word"
    else
        printf '%s\\n' $lines
    end
end
complete -c pq -f -a '(__pq_complete)'
`

/** What each shell reads to complete `pq`. */
export const SHELL_SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const
