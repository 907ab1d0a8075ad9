/* SPDX-License-Identifier: MIT */
/* chains: functions that make the certificates that a server sends, one for each way in which they can be
 * right or wrong. */
#ifndef LAB_CHAINS_H
#define LAB_CHAINS_H

#include "ca.h"

/* Fills an empty chain. */
typedef void chain_maker(const struct ca *ca, struct ca_chain *c);

/* Correct chains of different forms. */
chain_maker chain_good, chain_good_rsa, chain_good_ed25519, chain_direct, chain_sends_root, chain_wrong_order,
	chain_extra, chain_long, chain_wildcard, chain_cn_only, chain_cross_signed;
/* The server's own certificate is wrong. */
chain_maker chain_expired, chain_not_yet_valid, chain_wrong_name, chain_wildcard_deep, chain_wildcard_partial,
	chain_no_san, chain_cn_beside_san, chain_address_only, chain_nul_in_name, chain_self_signed,
	chain_wrong_purpose, chain_any_purpose, chain_wrong_key_usage, chain_netscape_client, chain_weak_key,
	chain_sha1, chain_bad_signature, chain_unknown_critical, chain_broken_extension,
	chain_repeated_extension, chain_revoked;
/* The certificates above the server's own are wrong, or missing. */
chain_maker chain_missing_intermediate, chain_unknown_issuer, chain_unknown_root_sent, chain_impostor,
	chain_expired_authority, chain_future_authority, chain_ca_false, chain_no_certsign, chain_path_length,
	chain_name_permitted, chain_name_excluded, chain_authority_purpose, chain_authority_weak_key,
	chain_authority_sha1, chain_authority_bad_signature, chain_authority_critical, chain_authority_v1,
	chain_authority_revoked, chain_huge;

#endif
