/* SPDX-License-Identifier: MIT */
/* pki_attributes: the names in a request or certificate, written as the vendor's Meeting Server writes them:
 * CN:www.example.com O:"Example Ltd" subjectAltName:a.example.com,192.0.2.1 */
#ifndef PKI_PKI_ATTRIBUTES_H
#define PKI_PKI_ATTRIBUTES_H

#include "crypto/request.h"
#include "x509/contents.h"

struct attributes {
	struct request_names request; /* points into the other members */
	struct request_attribute subject[REQUEST_SUBJECT_MAX];
	const char *alt_names[REQUEST_ALT_NAMES_MAX];
	char *texts[2 * REQUEST_SUBJECT_MAX + REQUEST_ALT_NAMES_MAX];
	size_t n_texts;
};

/* Reads n words NAME:value. Fails with ERR_INPUT, which says which word is no attribute, or with ERR_FULL if
 * there are too many. It does not check the values; request_check does. The caller calls attributes_done in
 * any case. */
int attributes_read(const char *const *words, size_t n, struct attributes *ret, struct err *e);
/* Copies the subject and the names of hosts from the certificate or request in c. Fails with ERR_INPUT if
 * there is none, or its subject has an attribute that a request cannot have. */
int attributes_take(const struct contents *c, struct attributes *ret, struct err *e);
void attributes_done(struct attributes *a);

#endif
