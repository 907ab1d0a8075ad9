/* SPDX-License-Identifier: MIT */
/* pki_attributes: the names that a request or certificate is wanted for, as the Meeting Server writes them:
 * CN:www.example.com O:"Example Ltd" subjectAltName:a.example.com,192.0.2.1 */
#ifndef PKI_PKI_ATTRIBUTES_H
#define PKI_PKI_ATTRIBUTES_H

#include "crypto/request.h"
#include "x509/contents.h"

struct attributes {
	struct request_names request; /* points into what follows */
	struct request_attribute subject[REQUEST_SUBJECT_MAX];
	const char *alt_names[REQUEST_ALT_NAMES_MAX];
	char *texts[2 * REQUEST_SUBJECT_MAX + REQUEST_ALT_NAMES_MAX];
	size_t n_texts;
};

/* Reads n words NAME:value. ERR_INPUT says which of them is no attribute, ERR_FULL that there are too many;
 * whether the values can be in a request is asked of request_check. Call attributes_done in any case. */
int attributes_read(const char *const *words, size_t n, struct attributes *ret, struct err *e);
/* Takes the subject and the names of hosts out of the certificate or request in c. ERR_INPUT: there is none,
 * or its subject has an attribute that a request cannot have. */
int attributes_take(const struct contents *c, struct attributes *ret, struct err *e);
void attributes_done(struct attributes *a);

#endif
