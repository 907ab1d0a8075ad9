# SPDX-License-Identifier: MIT
# bash completion for sealpost-lab, which knows itself what may follow.
_sealpost_lab()
{
	local cur=${COMP_WORDS[COMP_CWORD]} at=1
	[[ ${COMP_WORDS[1]} == --dir ]] && at=3
	if ((COMP_CWORD < at && COMP_CWORD > 1)); then
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
	fi
	mapfile -t COMPREPLY < <(command sealpost-lab complete "${COMP_WORDS[@]:at:COMP_CWORD-at+1}" 2>/dev/null)
	case ${COMP_WORDS[at]} in
	offer|sign) [[ ${#COMPREPLY[@]} == 0 ]] && mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	esac
}
complete -F _sealpost_lab sealpost-lab
