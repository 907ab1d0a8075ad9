/* SPDX-License-Identifier: MIT */
/* forms: what an uploaded file is, however it was written. */
#ifndef X509_FORMS_H
#define X509_FORMS_H

#include <stddef.h>

enum form {
	FORM_UNKNOWN,
	FORM_CERTIFICATE,
	FORM_CRL,
	FORM_KEY,
	FORM_REQUEST,
	FORM_PKCS7,
	FORM_PKCS12,
	FORM_PUBLIC_KEY,
	FORM_TRUSTED,
	FORM_OPENSSH_KEY,
	/* of a curve or a group: openssl writes them before a key, and the key has them, too */
	FORM_PARAMETERS
};

/* By the label between BEGIN and END. */
enum form form_of_label(const char *label, size_t len);
/* By the bytes themselves. */
enum form form_of_der(const unsigned char *der, size_t len);
/* What it is called and what to do with it, as a phrase: "a certificate request: send it to ...". Static;
 * NULL for what has no name. */
const char *form_advice(enum form form);
/* The same for a file that is neither PEM nor DER: keystores, archives, and BEGIN lines written wrongly; NULL
 * when it is nothing known. */
const char *form_foreign(const char *data, size_t len);

/* The text as it was meant: UTF-16 as bytes, "\n" written as two characters as a line's end, base64 without
 * BEGIN lines as what it holds; marks before each line, as mail sets them, taken away. data is borrowed while
 * copy is NULL. */
struct form_text {
	const char *data;
	size_t len;
	char *copy;
	size_t copy_size;
};
void form_text_open(struct form_text *t, const char *data, size_t len);
/* Wipes the copy, in which a key may be. */
void form_text_close(struct form_text *t);

#endif
