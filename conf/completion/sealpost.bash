# bash completion for sealpost: options here, everything else from the agent.
_sealpost()
{
	local cur=${COMP_WORDS[COMP_CWORD]} words=("${COMP_WORDS[@]:1:COMP_CWORD}") program=${COMP_WORDS[0]##*/}
	local options='--socket --json --follow --stop-on-error --welcome --version --help'
	if [[ $program == sealpost && $COMP_CWORD == 1 && $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
		return
	fi
	while [[ $program == sealpost && ${#words[@]} -gt 1 && ${words[0]} == -* ]]; do
		words=("${words[@]:1}")
	done
	[[ $program == sealpost ]] || words=("$program" "${words[@]}")
	local line="${words[*]}"
	line=${line// : /: }
	line=${line//\\/\\\\}
	line=${line//\"/\\\"}
	mapfile -t COMPREPLY < <(command sealpost "xComplete \"$line\"" 2>/dev/null)
	if [[ $program == sealpost && $COMP_CWORD == 1 ]]; then
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W 'publish verify' -- "$cur")
	fi
}
complete -F _sealpost sealpost xConfiguration xCommand xStatus xFeedback xGetxml
