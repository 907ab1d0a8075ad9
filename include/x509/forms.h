/* SPDX-License-Identifier: MIT */
/* forms: recognises the form of an uploaded file: a certificate, a key, PKCS#12, something else. */
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
	/* of a curve or a group: openssl writes them before a key, which has them, too */
	FORM_PARAMETERS
};

/* Returns the form for the label between BEGIN and END. */
enum form form_of_label(const char *label, size_t len);
/* Returns the form of a DER encoding, from its bytes. */
enum form form_of_der(const unsigned char *der, size_t len);
/* Returns 1 if the bytes are DER, even if they contain text; 0: they are text, or unknown. */
int form_is_der(const char *data, size_t len);
/* Returns the form's name and what to do with it, as a phrase: "a certificate request: send it to ...".
 * Static; NULL for a form without a name. */
const char *form_advice(enum form form);
/* As form_advice, for a file that is neither PEM nor DER: keystores, archives, and misspelled BEGIN lines;
 * NULL if it is not recognised. */
const char *form_foreign(const char *data, size_t len);
/* What form_foreign returns for misspelled BEGIN lines. */
extern const char form_wrong_begin[];

/* An uploaded text after repair: UTF-16 is converted; "\n" written as two characters becomes a line end; %XX
 * of URLs and base64 without BEGIN lines are decoded; quotation marks of mail at the beginning of lines are
 * removed. */
struct form_text {
	const char *data; /* the upload itself, borrowed, while copy is NULL */
	size_t len;
	char *copy;
	size_t copy_size;
};
/* Repairs data, which is borrowed until form_text_close. */
void form_text_open(struct form_text *t, const char *data, size_t len);
/* Overwrites and frees the copy, which may contain a key. */
void form_text_close(struct form_text *t);

#endif
