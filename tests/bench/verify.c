/* SPDX-License-Identifier: MIT */
/* How fast `sealpost verify --batch` judges typical chains, beside a bare loop of OpenSSL's X509_verify_cert
 * over the same PEM in the same run. Every chain has its own server certificate. usage: verify [chains] */
#include "../unit/factory.h"

#include "pki/pki_verify.h"

#include <time.h>
#include <unistd.h>

struct set {
	const char *name, *key;
	struct made root, inter;
	char roots[8192];
	char **chains;
};

static double cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make_set(struct set *s, size_t n)
{
	char inter_key[32];
	snprintf(inter_key, sizeof inter_key, "%s:i", s->key);
	struct recipe root = { .subject = "/C=US/O=Example/CN=Root", .key = s->key };
	struct recipe inter = { .subject = "/C=US/O=Example/CN=Intermediate", .key = inter_key };
	struct recipe leaf = { .subject = "/CN=server.example",
			       .key = s->key,
			       .add = { "subjectAltName=DNS:server.example,DNS:www.server.example",
					"certificatePolicies=2.23.140.1.2.1",
					"authorityInfoAccess=OCSP;URI:http://ocsp.example/",
					"crlDistributionPoints=URI:http://crl.example/1" } };
	s->root = factory_make(&root, NULL, factory_ca);
	s->inter = factory_make(&inter, &s->root, factory_ca);
	factory_pem(&s->root, s->roots, sizeof s->roots);
	s->chains = calloc(n, sizeof *s->chains);
	for (size_t i = 0; i < n; i++) {
		struct made m = factory_make(&leaf, &s->inter, factory_leaf);
		s->chains[i] = calloc(1, 8192);
		factory_pem(&m, s->chains[i], 8192);
		factory_pem(&s->inter, s->chains[i], 8192);
		factory_free(&m);
	}
}

static double bare_loop(const struct set *s, size_t n)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_add_cert(store, s->root.x);
	double start = cpu_seconds();
	for (size_t i = 0; i < n; i++) {
		BIO *b = BIO_new_mem_buf(s->chains[i], -1);
		X509 *leaf = PEM_read_bio_X509(b, NULL, NULL, NULL);
		STACK_OF(X509) *others = sk_X509_new_null();
		for (X509 *x; (x = PEM_read_bio_X509(b, NULL, NULL, NULL)) != NULL;)
			sk_X509_push(others, x);
		X509_STORE_CTX *c = X509_STORE_CTX_new();
		X509_STORE_CTX_init(c, store, leaf, others);
		X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(c);
		X509_VERIFY_PARAM_set_time(p, FACTORY_NOW);
		X509_VERIFY_PARAM_set_auth_level(p, 2);
		X509_VERIFY_PARAM_set1_host(p, "server.example", 0);
		X509_STORE_CTX_set_purpose(c, X509_PURPOSE_SSL_SERVER);
		if (X509_verify_cert(c) != 1)
			abort();
		X509_STORE_CTX_free(c);
		X509_free(leaf);
		sk_X509_pop_free(others, X509_free);
		BIO_free(b);
	}
	double took = cpu_seconds() - start;
	X509_STORE_free(store);
	return took;
}

/* PEM as a JSON text: the only character that needs care is the end of a line. */
static void write_json(FILE *f, const char *text)
{
	fputc('"', f);
	for (; *text; text++)
		if (*text == '\n')
			fputs("\\n", f);
		else
			fputc(*text, f);
	fputc('"', f);
}

static double batch(const struct set *s, size_t n)
{
	char in[] = "/tmp/sealpost-bench-XXXXXX", out[] = "/tmp/sealpost-bench-XXXXXX";
	int fd = mkstemp(in), fd_out = mkstemp(out);
	FILE *f = fdopen(fd, "w");
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "{\"id\":%zu,\"roots\":", i);
		write_json(f, s->roots);
		fputs(",\"chain\":", f);
		write_json(f, s->chains[i]);
		fprintf(f, ",\"name\":\"server.example\",\"time\":%ld}\n", FACTORY_NOW);
	}
	fclose(f);
	close(fd_out);
	fflush(stdout);
	int saved = dup(1);
	if (!freopen(in, "r", stdin) || !freopen(out, "w", stdout))
		abort();
	char *argv[] = { (char[]){ "verify" }, (char[]){ "--batch" }, NULL };
	double start = cpu_seconds();
	int status = pki_verify(2, argv);
	double took = cpu_seconds() - start;
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	unlink(in);
	unlink(out);
	if (status != 0)
		abort();
	return took;
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 3000;
	struct set sets[] = { { .name = "RSA 2048", .key = "RSA-2048:b" },
			      { .name = "P-256", .key = "P-256:b" } };
	int good = 1;
	for (size_t i = 0; i < 2; i++) {
		make_set(&sets[i], n);
		double bare = bare_loop(&sets[i], n), ours = batch(&sets[i], n);
		double again = bare_loop(&sets[i], n);
		bare = again < bare ? again : bare;
		printf("verify --batch, %s: %.0f chains/s; bare X509_verify_cert loop: %.0f chains/s; ratio "
		       "%.2f (wanted at least 0.40)\n",
		       sets[i].name, (double)n / ours, (double)n / bare, bare / ours);
		good &= bare / ours >= 0.4;
	}
	return good ? 0 : 1;
}
