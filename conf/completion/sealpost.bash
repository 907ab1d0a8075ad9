# SPDX-License-Identifier: MIT
# bash completion for sealpost and sealpost-pki: their options stand here, everything else is asked of the agent.
_sealpost_verify()
{
	local cur=${COMP_WORDS[COMP_CWORD]}
	local options='--roots --chain --crls --name --url --connect --time --profile --purpose --revocation --no-common-name --json --batch --help'
	case ${COMP_WORDS[COMP_CWORD-1]} in
	--roots|--chain|--crls) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	--profile) mapfile -t COMPREPLY < <(compgen -W 'guide strict' -- "$cur") ;;
	--purpose) mapfile -t COMPREPLY < <(compgen -W 'server client any' -- "$cur") ;;
	--revocation) mapfile -t COMPREPLY < <(compgen -W 'off soft hard' -- "$cur") ;;
	*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
	esac
}
_sealpost()
{
	local cur=${COMP_WORDS[COMP_CWORD]} words=("${COMP_WORDS[@]:1:COMP_CWORD}") program=${COMP_WORDS[0]##*/}
	local options='--socket --json --follow --stop-on-error --welcome --version --help'
	if [[ $program == sealpost && $COMP_CWORD == 1 && $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
		return
	fi
	if [[ $program == sealpost && $COMP_CWORD -gt 1 && ${COMP_WORDS[1]} == verify ]]; then
		_sealpost_verify
		return
	fi
	if [[ $program == sealpost && $COMP_CWORD -gt 1 && ${COMP_WORDS[1]} == pki ]]; then
		_sealpost_pki
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
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W 'apply bundle config doctor metrics publish report verify pki' -- "$cur")
	fi
}
_sealpost_pki()
{
	local cur=${COMP_WORDS[COMP_CWORD]} at=1 options=
	[[ ${COMP_WORDS[1]} == pki && ${COMP_WORDS[0]##*/} == sealpost ]] && at=2
	if [[ $COMP_CWORD == "$at" ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'list inspect match verify unlock csr selfsigned sign cms-sign pkcs12-to-ssh convert --version --help' -- "$cur")
		return
	fi
	case ${COMP_WORDS[at]} in
	verify) _sealpost_verify; return ;;
	inspect) options='--asn1 --passphrase-file --help' ;;
	match) options='--passphrase-file --help' ;;
	unlock|cms-sign|pkcs12-to-ssh) options='--force --out --passphrase-file --help' ;;
	csr) options='--encrypt --force --from --key --key-type --new-passphrase-file --passphrase-file --help' ;;
	selfsigned) options='--ca --days --encrypt --force --from --key --key-type --new-passphrase-file --passphrase-file --help' ;;
	sign) options='--days --force --key --out --passphrase-file --help' ;;
	convert) options='--encrypt --force --name --new-passphrase-file --out --passphrase-file --to --help' ;;
	*) options='--help' ;;
	esac
	case ${COMP_WORDS[COMP_CWORD-1]} in
	--key-type) mapfile -t COMPREPLY < <(compgen -W 'P-256 P-384 RSA-2048 RSA-3072 RSA-4096' -- "$cur") ;;
	--to) mapfile -t COMPREPLY < <(compgen -W 'pem der p7b p12' -- "$cur") ;;
	*) mapfile -t COMPREPLY < <(compgen -W "$options" -f -- "$cur") ;;
	esac
}
complete -F _sealpost sealpost xConfiguration xCommand xStatus xFeedback xGetxml
complete -F _sealpost_pki sealpost-pki
