/* session: the judge inside a TLS handshake. */
#include "base/mem.h"
#include "judge.h"
#include "path.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

struct verify_session {
	struct verify_request request;
	char *host;
	int judged;
	struct verdict verdict;
};

struct verify_session *verify_session_new(const struct verify_request *r)
{
	struct verify_session *s = mem_new(sizeof *s);
	s->request = *r;
	s->host = mem_dup(r->host);
	s->request.host = s->host;
	return s;
}

void verify_session_free(struct verify_session *s)
{
	if (s)
		free(s->host);
	free(s);
}

static void judge_sent(struct verify_session *s, STACK_OF(X509) *sent)
{
	struct cert *certs[SENT_MAX + 1];
	size_t n = 0;
	struct judge_input in = { certs, 0, NULL };
	struct err why;
	for (int i = 0; i < sk_X509_num(sent) && n <= SENT_MAX; i++) {
		certs[n] = cert_of(sk_X509_value(sent, i), &why);
		if (certs[n])
			n++;
		else
			in.damaged = why.text;
	}
	in.n = n;
	judge(&s->request, &in, &s->verdict);
	s->judged = 1;
	while (n)
		cert_free(certs[--n]);
}

/* In place of OpenSSL's own verification: X509_verify_cert is never called. */
static int on_certificates(X509_STORE_CTX *ctx, void *arg)
{
	struct verify_session *s = arg;
	judge_sent(s, X509_STORE_CTX_get0_untrusted(ctx));
	int pass = s->verdict.code == 0 || !s->request.enforce;
	X509_STORE_CTX_set_error(ctx, pass ? X509_V_OK : (int)s->verdict.code);
	return pass;
}

int verify_session_attach(struct verify_session *s, void *ssl_ctx, struct err *e)
{
	SSL_CTX *ctx = ssl_ctx;
	SSL_CTX_set_security_level(ctx, 2);
	if (!SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION)) {
		ERR_clear_error();
		return err_set(e, ERR_TLS, 0, "TLS 1.2 cannot be made the lowest version");
	}
	SSL_CTX_set_cert_verify_callback(ctx, on_certificates, s);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return 0;
}

const struct verdict *verify_session_verdict(const struct verify_session *s)
{
	return s->judged ? &s->verdict : NULL;
}
