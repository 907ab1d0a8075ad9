/* SPDX-License-Identifier: MIT */
#include "tar.h"

#include <errno.h>
#include <string.h>

enum { BLOCK = 512, END_BLOCKS = 2 };
static const uint64_t size_end = UINT64_C(1) << 33; /* 11 octal digits */

struct header { /* texts and octal numbers, each ended by a NUL */
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

/* Returns the sum of the header's bytes, with the field `checksum` counted as blanks. */
static unsigned checksum(struct header *h)
{
	const unsigned char *bytes = (const unsigned char *)h;
	unsigned sum = 0;
	memset(h->checksum, ' ', sizeof h->checksum);
	for (size_t i = 0; i < sizeof *h; i++)
		sum += bytes[i];
	return sum;
}

int tar_add(FILE *out, const char *name, const void *data, size_t len, int64_t at)
{
	static const char zeros[BLOCK];
	struct header h = { .mode = "0000600", .uid = "0000000", .gid = "0000000", .type = '0' };
	if (strlen(name) > TAR_NAME_MAX || len >= size_end) {
		errno = len >= size_end ? EFBIG : ENAMETOOLONG;
		return -1;
	}
	memcpy(h.name, name, strlen(name));
	memcpy(h.magic, "ustar", sizeof h.magic);
	memset(h.version, '0', sizeof h.version);
	snprintf(h.size, sizeof h.size, "%011llo", (unsigned long long)len);
	snprintf(h.mtime, sizeof h.mtime, "%011llo",
		 (unsigned long long)(at > 0 && (uint64_t)at < size_end ? at : 0));
	unsigned sum = checksum(&h);
	snprintf(h.checksum, sizeof h.checksum, "%06o", sum & 0777777);
	h.checksum[7] = ' ';
	fwrite(&h, 1, sizeof h, out);
	fwrite(data, 1, len, out);
	fwrite(zeros, 1, (BLOCK - len % BLOCK) % BLOCK, out);
	return 0;
}

void tar_end(FILE *out)
{
	static const char zeros[END_BLOCKS * BLOCK];
	fwrite(zeros, 1, sizeof zeros, out);
}
