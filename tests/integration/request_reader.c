/* SPDX-License-Identifier: MIT */
/* Reads requests as sealpost-web does and prints what it has read, so that another reader's result can be
 * compared. Standard input: for each one four bytes of length, the highest first, and its bytes. Output: a
 * line for each, in which texts are in hexadecimal digits:
 *   refused STATUS | incomplete | read METHOD TARGET HEAD-BYTES BODY-BYTES KEEPS-ALIVE [NAME VALUE]... */
#include "../../src/web/http_request.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void print(struct http_text t)
{
	putchar(' ');
	if (!t.len)
		putchar('-');
	for (size_t i = 0; i < t.len; i++)
		printf("%02x", (unsigned char)t.at[i]);
}

static void print_request(const struct http_request *r)
{
	printf("read");
	print(r->method);
	print(r->target);
	printf(" %zu %zu %d", r->head_len, r->body_len, r->keeps_alive);
	for (size_t i = 0; i < r->n_headers; i++) {
		print(r->headers[i].name);
		print(r->headers[i].value);
	}
	putchar('\n');
}

int main(void)
{
	unsigned char head[4];
	while (fread(head, 1, sizeof head, stdin) == sizeof head) {
		size_t len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3],
		       searched = 0;
		char *data = malloc(len + 1);
		struct http_request r;
		if (!data || fread(data, 1, len, stdin) != len)
			return 1;
		switch (http_request_read(data, len, &searched, &r)) {
		case HTTP_READ: print_request(&r); break;
		case HTTP_REFUSED: printf("refused %d\n", r.status); break;
		case HTTP_INCOMPLETE: puts("incomplete"); break;
		}
		free(data);
	}
	return 0;
}
