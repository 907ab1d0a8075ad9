/* base64: strict reading. Private to trust. */
#ifndef TRUST_BASE64_H
#define TRUST_BASE64_H

#include <stddef.h>

/* Into out, which has room for len bytes; blanks and line ends do not count. The length, or -1 with a phrase that says why. */
long base64_read(const char *s, size_t len, unsigned char *out, const char **ret_why);

#endif
