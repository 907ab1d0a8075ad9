#include "trust/anchors.h"

#include <openssl/evp.h>

int anchors_unbase64(const char *text, size_t len, struct buf *out)
{
	int made = 0, end = 0, r = -1;
	EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
	unsigned char *to = len > ANCHORS_UPLOAD_MAX ? NULL : buf_room(out, len + 3);
	if (ctx && to) {
		EVP_DecodeInit(ctx);
		if (EVP_DecodeUpdate(ctx, to, &made, (const unsigned char *)text, (int)len) >= 0 &&
		    EVP_DecodeFinal(ctx, to + made, &end) > 0 && made + end > 0) {
			buf_took(out, (size_t)(made + end));
			r = 0;
		}
	}
	EVP_ENCODE_CTX_free(ctx);
	return r;
}
